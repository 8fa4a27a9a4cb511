import { useEffect } from 'react'

import { askAhead } from '../../model/details'
import { prefetch } from '../../viewer/prefetch'
import type { OpenDesk } from './openDesk'
import type { OpenViewer } from './OpenViewer'
import { startOf } from './usePlace'
import type { Series } from './useSeries'
import { useSelected } from './useSelected'

/** Make the slides before and after this one ready; side by side only their facts, as their view follows the others. */
export function usePrefetch({ desk }: OpenDesk, { viewer }: OpenViewer, series: Series | null): void {
  const alone = useSelected(desk, (state) => state.panes.length === 1)
  const nextId = series?.nextId ?? null
  const previousId = series?.previousId ?? null
  useEffect(() => {
    let stop: (() => void) | undefined
    let ended = false
    const ids = [nextId, previousId].filter((slideId) => slideId !== null)
    void Promise.all(ids.map(askAhead)).then((found) => {
      if (!ended && alone) stop = prefetch(viewer, found.filter((one) => one !== null).map(({ slide, place }) => ({ slide, start: startOf({}, place) })))
    })
    return () => {
      ended = true
      stop?.()
    }
  }, [viewer, nextId, previousId, alone])
}
