import { useEffect, useState } from 'react'

import { getHistogram } from '../../api/pixels'
import { isAbort } from '../../api/problem'
import type { ChannelHistogram } from '../../model/histogram'

export type HistogramState =
  | { kind: 'loading' }
  | { kind: 'there'; channels: readonly ChannelHistogram[] }
  | { kind: 'failed'; error: unknown }

/** The histograms of a slide at one plane and time; the last ones stay until the next arrive. */
export function useHistogram(slideId: string, plane: number, time: number): HistogramState {
  const [state, setState] = useState<HistogramState>({ kind: 'loading' })
  useEffect(() => {
    const controller = new AbortController()
    getHistogram(slideId, plane, time, controller.signal).then(
      (found) => setState({ kind: 'there', channels: found.channels }),
      (error: unknown) => {
        if (!isAbort(error)) setState({ kind: 'failed', error })
      },
    )
    return () => controller.abort()
  }, [slideId, plane, time])
  return state
}
