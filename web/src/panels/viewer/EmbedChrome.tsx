import { useEffect } from 'react'

import { listenToKeys } from '../../viewer/keys'
import type { KeyAction } from '../../viewer/keyTable'
import { useViewer } from './OpenViewer'
import { actionsOf } from './useActions'
import style from './viewer.module.css'
import { ScaleReadout } from './ZoomBar'

/** The page around it has keys of its own: only those that move the picture are taken. */
const GROUPS = /^(pan|field|zoom|fit|objective)/
const NOWHERE = {
  toggleLabel: () => undefined,
  showHelp: () => undefined,
  showMenu: () => undefined,
  showPictures: () => undefined,
  toggleFullScreen: () => undefined,
  previous: () => undefined,
  next: () => undefined,
  toggleStrip: () => undefined,
  panes: () => undefined,
  step: () => undefined,
  pick: () => undefined,
  toggleLock: () => undefined,
  align: () => undefined,
  flicker: () => undefined,
  cancel: () => false,
  say: () => undefined,
}

/** The bare picture with its scale bar, for the frame of another page. */
export function EmbedChrome() {
  const open = useViewer()
  useEffect(
    () =>
      listenToKeys(
        (action) => actionsOf(open, NOWHERE)[action](),
        undefined,
        (action: KeyAction) => GROUPS.test(action),
      ),
    [open],
  )
  return (
    <div className={style.float}>
      <div className={style.bottomLeft}>
        <ScaleReadout onEnterScale={null} />
      </div>
    </div>
  )
}
