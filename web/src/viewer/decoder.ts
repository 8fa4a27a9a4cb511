/** A few workers that turn tile bytes into bitmaps, in turn. */
import type { ColourTable } from '../model/colourTable'
import type { DecodeAnswer, DecodeRequest } from './decode.worker'

interface Waiting {
  resolve(image: ImageBitmap): void
  reject(error: Error): void
}

export class Decoder {
  private readonly workers: Worker[]
  private readonly waiting = new Map<number, Waiting>()
  private next = 0

  constructor(count = Math.min(3, Math.max(1, (navigator.hardwareConcurrency || 2) - 1))) {
    this.workers = Array.from({ length: count }, () => {
      const worker = new Worker(new URL('./decode.worker.ts', import.meta.url), { type: 'module' })
      worker.onmessage = (event: MessageEvent<DecodeAnswer>) => this.settle(event.data)
      return worker
    })
  }

  /** Keep a colour table under a name; null forgets it. */
  setTable(name: string, table: ColourTable | null): void {
    for (const worker of this.workers) worker.postMessage({ kind: 'table', name, table } satisfies DecodeRequest)
  }

  /** Decode a tile, through the colour table of that name where one is kept. */
  decode(body: Blob, table: string | null): Promise<ImageBitmap> {
    const id = this.next++
    const worker = this.workers[id % this.workers.length]
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      worker?.postMessage({ kind: 'tile', id, body, table } satisfies DecodeRequest)
    })
  }

  private settle(answer: DecodeAnswer): void {
    const one = this.waiting.get(answer.id)
    this.waiting.delete(answer.id)
    if ('image' in answer) {
      if (one === undefined) answer.image.close()
      else one.resolve(answer.image)
    } else one?.reject(new Error(answer.error))
  }
}
