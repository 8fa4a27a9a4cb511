/** Hashes a file off the main thread, a piece at a time, so that memory stays small whatever its size. */
import { Sha256 } from './sha256'

export interface HashRequest {
  id: number
  file: Blob
}

export type HashAnswer = { id: number; sha256: string } | { id: number; error: string }

const PIECE = 4 * 2 ** 20
const scope = self as unknown as { postMessage(message: HashAnswer): void }

self.onmessage = (event: MessageEvent<HashRequest>) => void answer(event.data)

async function answer({ id, file }: HashRequest): Promise<void> {
  try {
    const hash = new Sha256()
    for (let at = 0; at < file.size; at += PIECE) {
      hash.add(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()))
    }
    scope.postMessage({ id, sha256: hash.digest() })
  } catch (error) {
    scope.postMessage({ id, error: String(error) })
  }
}
