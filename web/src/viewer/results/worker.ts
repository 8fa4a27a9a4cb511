/** The page's end of a result layer's worker: questions in order, an answer to each. */
import type { Answers, Ask, Reply } from './messages'

interface Waiting {
  resolve(result: never): void
  reject(error: Error): void
}

export class ResultWorker {
  private readonly worker = new Worker(new URL('./results.worker.ts', import.meta.url), { type: 'module' })
  private readonly waiting = new Map<number, Waiting>()
  private next = 0
  private closed = false

  constructor() {
    this.worker.onmessage = (event: MessageEvent<Reply>) => this.settle(event.data)
  }

  /** Ask; the answer never comes when the layer is closed first. */
  ask<K extends Ask['kind']>(question: Extract<Ask, { kind: K }>, transfer: Transferable[] = []): Promise<Answers[K]> {
    const id = this.next++
    return new Promise<Answers[K]>((resolve, reject) => {
      if (this.closed) return
      this.waiting.set(id, { resolve, reject })
      this.worker.postMessage({ id, ...question }, transfer)
    })
  }

  close(): void {
    this.closed = true
    this.waiting.clear()
    this.worker.terminate()
  }

  private settle(reply: Reply): void {
    const one = this.waiting.get(reply.id)
    this.waiting.delete(reply.id)
    if ('error' in reply) one?.reject(new Error(reply.error))
    else one?.resolve(reply.result as never)
  }
}
