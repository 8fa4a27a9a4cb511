import { useCallback, useEffect, useState } from 'react'

import { isAbort } from '../../api/problem'

export interface Loaded<T> {
  /** null until the first answer. */
  value: T | null
  error: unknown
  /** Ask once more; what is shown stays meanwhile. */
  again: () => void
  /** Another answer brought the newer value. */
  set: (value: T) => void
}

/** What the server says, asked when the component appears; give a function that stays the same. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    const controller = new AbortController()
    load(controller.signal).then(
      (found) => {
        setValue(found)
        setError(null)
      },
      (failure: unknown) => {
        if (!isAbort(failure)) setError(failure)
      },
    )
    return () => controller.abort()
  }, [load, attempt])
  const again = useCallback(() => setAttempt((before) => before + 1), [])
  const set = useCallback((newer: T) => setValue(newer), [])
  return { value, error, again, set }
}
