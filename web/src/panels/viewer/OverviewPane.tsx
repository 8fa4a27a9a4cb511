import { useEffect, useRef } from 'react'

import { t } from '../../i18n'
import { Overview, overviewSize } from '../../viewer/overview'
import { useWithoutAccount } from '../shell/session'
import { overviewColours } from './colours'
import { SeenIcon } from './icons'
import { useViewer } from './OpenViewer'
import { preferences } from './preferences'
import { SeenMap, Unseen } from './SeenMap'
import { ToolButton } from './ToolButton'
import { useSelected } from './useSelected'
import memory from './memory.module.css'
import style from './viewer.module.css'

const SIDE_PX = 190
const SMALL_SIDE_PX = 110

/** The whole slide, small; the box is the view. Below it, what was seen. */
export function OverviewPane({ small = false }: { small?: boolean }) {
  const { viewer } = useViewer()
  const canvas = useRef<HTMLCanvasElement>(null)
  // What was seen is kept for people with accounts.
  const guest = useWithoutAccount()
  const seen = useSelected(preferences, (value) => value.seen) && !guest
  const size = overviewSize(viewer.size, small || window.innerWidth < 700 ? SMALL_SIDE_PX : SIDE_PX)
  const { width, height } = size
  useEffect(() => {
    if (canvas.current === null) return undefined
    const overview = new Overview(viewer, canvas.current, { width, height }, overviewColours)
    return () => overview.close()
  }, [viewer, width, height])
  return (
    <div className={style.overview}>
      <div className={memory.map}>
        <canvas ref={canvas} style={{ width, height }} role="img" aria-label={t('viewer.overviewCanvas')} />
        {seen && <SeenMap width={width} height={height} />}
      </div>
      {!guest && <div className={memory.mapFoot} data-open={seen}>
        <ToolButton label={t('memory.seen')} keyName="Shift+M" pressed={seen} onClick={() => preferences.set({ seen: !seen })}>
          <SeenIcon />
        </ToolButton>
        {seen && <Unseen />}
      </div>}
    </div>
  )
}
