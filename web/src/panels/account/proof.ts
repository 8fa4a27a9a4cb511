import { ApiError } from '../../api/problem'
import { Store } from '../../model/store'

interface Asked {
  resolve: () => void
  reject: (reason: Error) => void
}

/** Somebody is being asked to show that it is still them. */
export const proof = new Store<{ asked: Asked | null }>({ asked: null })

/** Do something that matters: when the server wants a fresh proof of who one is, ask for it and do it then. */
export async function proved<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'confirm_first') throw error
    }
    // Asked again where the proof, given in another tab, has not arrived: until it has or the question is closed.
    await new Promise<void>((resolve, reject) => proof.set({ asked: { resolve, reject } }))
  }
}

/** The person showed who they are, or closed the question. */
export function answerProof(given: boolean): void {
  const { asked } = proof.get()
  proof.set({ asked: null })
  if (given) asked?.resolve()
  else asked?.reject(new DOMException('', 'AbortError'))
}
