import { useEffect, useRef, useState } from 'react'

import { t } from '../../i18n'
import { flicker } from '../../viewer/flicker'
import type { OpenDesk, OpenPane } from './openDesk'
import type { ActionSurroundings } from './useActions'
import type { Series } from './useSeries'

/** The two panes that are being aligned. */
interface Pair {
  one: OpenPane
  other: OpenPane
}

interface DeskActions {
  actions: Pick<ActionSurroundings, 'cancel' | 'panes' | 'step' | 'pick' | 'toggleLock' | 'align' | 'flicker'>
  resize: (count: number) => void
  /** A slide was chosen for a pane. */
  pick: (slideId: string, pane: number) => void
  aligning: Pair | null
  endAligning: () => void
}

/** What keys and buttons do to the panes. */
export function useDeskActions(openDesk: OpenDesk, series: Series | null, say: (text: string) => void): DeskActions {
  const { desk, linking, picking } = openDesk
  const [aligning, setAligning] = useState<Pair | null>(null)
  const stopFlicker = useRef<(() => void) | null>(null)
  const pair = (): Pair | null => {
    const { active, partner } = openDesk
    if (active !== null && partner !== null) return { one: active, other: partner }
    say(t('panes.needTwo'))
    return null
  }
  const flickering = (on: boolean) => {
    stopFlicker.current?.()
    stopFlicker.current = null
    const both = on ? pair() : null
    if (both === null) return
    const { one, other } = both
    const way = () => linking.between(one.pane.id, other.pane.id)
    stopFlicker.current = flicker(one.open.viewer, other.open.viewer, way)
  }
  // A pane that closes takes what was going on in it with it.
  useEffect(
    () =>
      openDesk.opens.subscribe(() => {
        stopFlicker.current?.()
        stopFlicker.current = null
        const { panes } = openDesk.opens.get()
        setAligning((now) => (now !== null && [now.one, now.other].some((one) => panes.get(one.pane.id) !== one) ? null : now))
      }),
    [openDesk],
  )
  useEffect(() => () => stopFlicker.current?.(), [])

  const resize = (count: number) => desk.resize(count, beginningWith(series, desk.active.slideId))
  return {
    actions: {
      cancel: () => {
        if (aligning !== null) setAligning(null)
        return aligning !== null
      },
      panes: (by) => resize(desk.get().panes.length + by),
      step: (by) => {
        desk.step(by)
        focusPane(desk.get().panes.findIndex(({ id }) => id === desk.get().active))
      },
      pick: () => picking.set({ pane: desk.get().active }),
      toggleLock: () => {
        const locked = !desk.get().locked
        desk.set({ locked })
        say(locked ? t('panes.locked') : t('panes.unlocked'))
      },
      align: () => setAligning(aligning === null ? pair() : null),
      flicker: flickering,
    },
    resize,
    pick: (slideId, pane) => {
      picking.set({ pane: null })
      desk.show(slideId, pane)
      desk.activate(pane)
    },
    aligning,
    endAligning: () => setAligning(null),
  }
}

/** The slides of the case from the one after this on: what one compares it with first. */
function beginningWith(series: Series | null, slideId: string | null): string[] {
  const ids = series?.slides.map((slide) => slide.slide_id) ?? []
  const at = ids.indexOf(slideId ?? '')
  if (at >= 0) return [...ids.slice(at + 1), ...ids.slice(0, at)]
  return [series?.nextId, series?.previousId].filter((one) => one !== null && one !== undefined)
}

/** Keys go where the eye goes. */
function focusPane(index: number): void {
  requestAnimationFrame(() => document.querySelectorAll<HTMLElement>('[role="application"]')[index]?.focus())
}
