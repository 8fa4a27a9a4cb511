/**
 * Decodes tiles off the main thread. The browser must not convert colours itself (the profile, where one
 * is to be applied, is in the colour table), hence `colorSpaceConversion: 'none'`.
 */
import { applyTable, type ColourTable } from '../model/colourTable'

export type DecodeRequest =
  | { kind: 'table'; name: string; table: ColourTable | null }
  | { kind: 'tile'; id: number; body: Blob; table: string | null }

export type DecodeAnswer = { id: number; image: ImageBitmap } | { id: number; error: string }

/** One a slide. */
const tables = new Map<string, ColourTable>()
let canvas: OffscreenCanvas | null = null
const scope = self as unknown as { postMessage(message: DecodeAnswer, transfer: Transferable[]): void }

self.onmessage = (event: MessageEvent<DecodeRequest>) => {
  const request = event.data
  if (request.kind === 'tile') void answer(request.id, request.body, request.table)
  else if (request.table === null) tables.delete(request.name)
  else tables.set(request.name, request.table)
}

async function answer(id: number, body: Blob, name: string | null): Promise<void> {
  try {
    const plain = await createImageBitmap(body, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' })
    const table = name === null ? undefined : tables.get(name)
    const image = table === undefined ? plain : await manage(plain, table)
    scope.postMessage({ id, image }, [image])
  } catch (error) {
    scope.postMessage({ id, error: String(error) }, [])
  }
}

async function manage(plain: ImageBitmap, colours: ColourTable): Promise<ImageBitmap> {
  const { width, height } = plain
  if (canvas === null || canvas.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' })
  if (context === null) throw new Error('no canvas for colour management')
  context.globalCompositeOperation = 'copy'
  context.drawImage(plain, 0, 0)
  plain.close()
  const pixels = context.getImageData(0, 0, width, height)
  applyTable(colours, pixels.data)
  return createImageBitmap(pixels, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' })
}
