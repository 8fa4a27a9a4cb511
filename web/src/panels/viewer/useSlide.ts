import { useCallback, useEffect, useState } from 'react'

import { ApiError, isAbort } from '../../api/problem'
import { getSlide, type SlideDetail } from '../../api/slides'
import { forgetDetail, knownDetail, rememberDetail } from '../../model/details'
import { sharedPool } from '../../viewer/pool'

/** A slide that is not ready is asked about again after this long. */
const AGAIN_MS = 2000

export interface OpenSlide {
  slide: SlideDetail | null
  error: unknown
  retry: () => void
  setSlide: (slide: SlideDetail) => void
}

/** A slide by its id: at once if it was asked for in advance, and then as it is now. Give its user a key. */
export function useSlide(slideId: string): OpenSlide {
  const [slide, setSlide] = useState<SlideDetail | null>(() => knownDetail(slideId))
  const [error, setError] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    const controller = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = () => {
      getSlide(slideId, controller.signal).then(
        (found) => {
          // The same facts again must not open the slide again.
          setSlide((before) => (before !== null && JSON.stringify(before) === JSON.stringify(found) ? before : found))
          setError(null)
          if (found.state === 'ready') rememberDetail(found)
          if (found.state === 'registering' || found.state === 'arriving') timer = setTimeout(ask, AGAIN_MS)
        },
        (failure: unknown) => {
          if (isAbort(failure)) return
          setError(failure)
          if (!(failure instanceof ApiError) || failure.status !== 404) return
          // The slide is gone or no longer ours to see: nothing of it stays on the screen or in the cache.
          forgetDetail(slideId)
          sharedPool().cache.clear(slideId)
          setSlide(null)
        },
      )
    }
    ask()
    return () => {
      controller.abort()
      clearTimeout(timer)
    }
  }, [slideId, attempt])
  const retry = useCallback(() => setAttempt((before) => before + 1), [])
  const change = useCallback((changed: SlideDetail) => {
    rememberDetail(changed)
    setSlide(changed)
  }, [])
  return { slide, error, retry, setSlide: change }
}
