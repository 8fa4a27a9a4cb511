/** The worker that hashes files, as promises. */
import type { HashAnswer, HashRequest } from './hash.worker'

interface Waiting {
  resolve: (sha256: string) => void
  reject: (error: Error) => void
}

let worker: Worker | null = null
let next = 0
const waiting = new Map<number, Waiting>()

/** The SHA-256 of a file; rejects when it cannot be read (any more). */
export function hashFile(file: Blob): Promise<string> {
  worker ??= start()
  next += 1
  const request: HashRequest = { id: next, file }
  return new Promise((resolve, reject) => {
    waiting.set(request.id, { resolve, reject })
    worker?.postMessage(request)
  })
}

function start(): Worker {
  const made = new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' })
  made.onmessage = (event: MessageEvent<HashAnswer>) => {
    const answer = event.data
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('sha256' in answer) asked?.resolve(answer.sha256)
    else asked?.reject(new Error(answer.error))
  }
  return made
}
