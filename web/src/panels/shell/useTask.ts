import { useCallback, useState } from 'react'

import { isGivenUp } from '../../api/passkeys'

export interface Task {
  busy: boolean
  error: unknown
  /** Do one thing at a time; `then` is called when it worked. */
  run: <T>(work: () => Promise<T>, then?: (result: T) => void) => void
  forget: () => void
}

/** One thing that somebody asked for: whether it is under way, and what went wrong. */
export function useTask(): Task {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const run = useCallback(<T>(work: () => Promise<T>, then?: (result: T) => void) => {
    setBusy(true)
    setError(null)
    work().then(
      (result) => {
        setBusy(false)
        then?.(result)
      },
      (failure: unknown) => {
        setBusy(false)
        // Whoever closed a dialog of the browser or of ours knows that nothing was done.
        if (!isGivenUp(failure)) setError(failure)
      },
    )
  }, [])
  const forget = useCallback(() => setError(null), [])
  return { busy, error, run, forget }
}
