/** Holds the objects of one result layer off the main thread; see `engine.ts` for what it computes. */
import { ResultEngine } from './engine'
import type { Answers, Reply, Request } from './messages'

let engine: ResultEngine | null = null
let canvas: OffscreenCanvas | null = null
const scope = self as unknown as { postMessage(message: Reply, transfer: Transferable[]): void }

self.onmessage = (event: MessageEvent<Request>) => {
  const { id } = event.data
  try {
    const result = answer(event.data)
    scope.postMessage({ id, result }, result instanceof ImageBitmap ? [result] : [])
  } catch (error) {
    scope.postMessage({ id, error: String(error) }, [])
  }
}

function answer(request: Request): Answers[keyof Answers] {
  if (request.kind === 'open') {
    engine = new ResultEngine(request.opening)
    return null
  }
  if (engine === null) throw new Error('no layer is open')
  switch (request.kind) {
    case 'centroids':
      return engine.addCentroids(request.bytes)
    case 'column':
      return engine.addColumn(request.name, request.bytes)
    case 'look':
      engine.setLook(request.look)
      return null
    case 'filter':
      return engine.setFilter(request.filter)
    case 'corrected':
      return engine.setCorrected(request.numbers)
    case 'selected':
      return engine.setSelected(request.numbers)
    case 'tile':
      return engine.addTile(request.key, request.body)
    case 'drop':
      engine.drop(request.keys)
      return null
    case 'paint':
      return paint(engine, request.wanted)
    case 'pick':
      return engine.pick(request.wanted)
    case 'figures':
      return engine.figures(request.columns, request.selected)
  }
}

function paint(from: ResultEngine, wanted: Parameters<ResultEngine['paint']>[0]): ImageBitmap {
  const { side } = wanted
  if (canvas?.width !== side) canvas = new OffscreenCanvas(side, side)
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('this browser has no canvas')
  from.paint(wanted, context)
  return canvas.transferToImageBitmap()
}
