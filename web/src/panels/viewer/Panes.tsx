import { type CSSProperties, useLayoutEffect, useRef, useState } from 'react'

import { t } from '../../i18n'
import { gridOf } from '../../model/desk'
import type { Extent } from '../../model/frame'
import { useDesk } from './openDesk'
import { Pane } from './Pane'
import { useSelected } from './useSelected'
import { useSmall } from './useSmall'
import style from './panes.module.css'

/** The slides on the desk. A telephone shows the active one only. */
export function Panes() {
  const { desk } = useDesk()
  const panes = useSelected(desk, (state) => state.panes)
  const active = useSelected(desk, (state) => state.active)
  const small = useSmall()
  const box = useRef<HTMLDivElement>(null)
  const area = useArea(box)
  const shown = small ? panes.filter((pane) => pane.id === active) : panes
  const { columns, rows } = gridOf(shown.length, area)
  const grid: CSSProperties = {
    gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
    gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))`,
  }
  return (
    <>
      <div ref={box} className={style.panes} style={grid}>
        {shown.map((pane) => (
          <Pane
            key={pane.id}
            pane={pane}
            number={panes.indexOf(pane) + 1}
            alone={panes.length === 1}
            active={pane.id === active}
          />
        ))}
      </div>
      <Busy />
    </>
  )
}

/** Says, for those who cannot see it, whether the picture is complete: all panes' pictures. */
function Busy() {
  const { opens, desk } = useDesk()
  const panes = useSelected(opens, (state) => state.panes)
  const nothing = useSelected(desk, (state) => state.panes.every((pane) => pane.slideId === null))
  const [waiting, setWaiting] = useState(true)
  useLayoutEffect(() => {
    const viewers = [...panes.values()].map(({ open }) => open.viewer)
    const look = () => setWaiting(viewers.length === 0 || viewers.some(({ state }) => state.get().waiting > 0))
    look()
    const stops = viewers.map(({ state }) => state.subscribe(look))
    return () => {
      for (const stop of stops) stop()
    }
  }, [panes])
  if (panes.size === 0 && !nothing) return null
  return (
    <p className="cs-unseen" role="status" aria-label={t('viewer.sharpness')} aria-busy={waiting}>
      {waiting ? t('viewer.loadingTiles') : t('viewer.sharp')}
    </p>
  )
}

function useArea(box: { current: HTMLDivElement | null }): Extent {
  const [area, setArea] = useState<Extent>({ width: window.innerWidth, height: window.innerHeight })
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return undefined
    const observer = new ResizeObserver(() => setArea({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return area
}
