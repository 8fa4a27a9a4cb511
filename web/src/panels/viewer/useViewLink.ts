import { useEffect } from 'react'

import { firstPlane, pixelSize } from '../../model/slide'
import { viewFromFragment, viewToFragment } from '../../model/viewlink'
import { currentPlace, go, onPlaceChange } from '../../shell/navigation'
import { slidePath } from '../../shell/routes'
import type { OpenDesk, OpenPane } from './openDesk'
import { useSelected } from './useSelected'

/** Browsers allow about 200 address changes in 30 s. */
const QUIET_MS = 200

/** Keep the address telling exactly this view and the panes beside it, and follow it when somebody changes it. */
export function useViewLink(openDesk: OpenDesk, shown: OpenPane): void {
  const panes = useSelected(openDesk.opens, (state) => state.panes)
  useEffect(() => {
    const { pane, open } = shown
    const { viewer, slide } = open
    const { desk } = openDesk
    const size = pixelSize(slide)
    let written = currentPlace().hash
    let timer: ReturnType<typeof setTimeout> | undefined
    const write = () => {
      // Another slide is on its way into this pane: the address is already that slide's.
      if (desk.get().panes.find(({ id }) => id === pane.id)?.slideId !== slide.slide_id) return
      const beside = openDesk.fragment(pane.id)
      written = `#${viewToFragment(viewer.view(), size, firstPlane(slide))}${beside === '' ? '' : `&${beside}`}`
      const { search } = currentPlace()
      openDesk.written = `${slidePath(slide.slide_id, search.replace(/^\?/, ''))}${written}`
      go(openDesk.written, { replace: true })
    }
    const soon = () => {
      clearTimeout(timer)
      timer = setTimeout(write, QUIET_MS)
    }
    // A link without a place would open at whatever place its reader left; and another pane may have become the
    // one that the address is about.
    if (written === '' || desk.get().panes.length > 1 || openDesk.written !== '') soon()
    const stops = [desk.subscribe(soon)]
    for (const { open: one } of panes.values()) {
      const { state } = one.viewer
      let { camera, choice } = state.get()
      const look = () => {
        const now = state.get()
        if (now.camera === camera && now.choice === choice) return
        ;({ camera, choice } = now)
        soon()
      }
      stops.push(state.subscribe(look))
    }
    const follow = () => {
      const { hash, pathname } = currentPlace()
      if (hash === '' || hash === written || pathname !== slidePath(slide.slide_id)) return
      written = hash
      const { plane = firstPlane(slide), time = 0, style = null, managed = true, ...place } = viewFromFragment(hash, size)
      viewer.camera.set({ rotation: 0, mirrored: false, ...place })
      viewer.choose({ plane, time, style, managed })
    }
    const stopFollowing = onPlaceChange(follow)
    window.addEventListener('hashchange', follow)
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
      stopFollowing()
      window.removeEventListener('hashchange', follow)
    }
  }, [openDesk, shown, panes])
}
