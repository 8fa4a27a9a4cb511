import { identity } from '../../api/identity'
import { t } from '../../i18n'
import type { Point } from '../../model/frame'
import { pixelSize } from '../../model/slide'
import type { KeyAction } from '../../viewer/keyTable'
import { useStore } from '../shell/useStore'
import { useVisitor, useWithoutAccount } from '../shell/session'
import { MenuFrame } from './MenuFrame'
import { useViewer } from './OpenViewer'
import { preferences } from './preferences'
import style from './SlideMenu.module.css'
import { useKeyNames } from './useKeyNames'
import { useSelected } from './useSelected'
import { zoomSteps } from './ZoomBar'

interface Props {
  at: Point
  run: (action: KeyAction) => void
  /** Only for whoever manages the slide. */
  manage: { share: () => void; members: () => void } | null
  /** Keep what is shown as a stop of a tumour board; nothing for guests. */
  onBoard: (() => void) | null
  onClose: () => void
}

/** The same menu for a right click, a long press and Shift+F10: what fingers need without any key. */
export function SlideMenu({ at, run, manage, onBoard, onClose }: Props) {
  const { slide, viewer } = useViewer()
  const { nameOf } = useKeyNames()
  const hidden = useStore(identity)
  const guest = useWithoutAccount()
  const visitor = useVisitor()
  const locked = useSelected(preferences, (value) => value.turnLocked)
  const magnifier = useSelected(viewer.magnifier.state, (state) => state.on)
  const scaled = pixelSize(slide) !== null
  const act = (action: KeyAction) => () => {
    onClose()
    run(action)
  }
  const item = (action: KeyAction, label: string) => (
    <button key={action} type="button" role="menuitem" tabIndex={-1} className={style.item} onClick={act(action)}>
      <span>{label}</span>
      <kbd>{nameOf(action)}</kbd>
    </button>
  )
  const open = (label: string, show: () => void) => (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={style.item}
      onClick={() => {
        onClose()
        show()
      }}
    >
      <span>{label}</span>
    </button>
  )
  const check = (label: string, checked: boolean, change: () => void) => (
    <button
      type="button"
      role="menuitemcheckbox"
      aria-checked={checked}
      tabIndex={-1}
      className={style.item}
      onClick={() => {
        onClose()
        change()
      }}
    >
      <span>{label}</span>
      <span aria-hidden="true">{checked ? '✓' : ''}</span>
    </button>
  )
  return (
    <MenuFrame at={at} label={t('menu.label')} onClose={onClose}>
      <div role="group" aria-label={t('menu.objectives')} className={style.steps}>
        {zoomSteps(slide).map(({ action, name }) => (
          <button key={action} type="button" role="menuitem" tabIndex={-1} className={style.step} onClick={act(action)}>
            {name}
          </button>
        ))}
      </div>
      {item('fit', t('viewer.key.fit'))}
      <hr className={style.line} />
      {item('rotateLeft', t('viewer.rotateLeft'))}
      {item('rotateRight', t('viewer.rotateRight'))}
      {check(t('menu.turnLock'), locked, () => preferences.set({ turnLocked: !locked }))}
      <hr className={style.line} />
      {scaled && item('ruler', t('viewer.ruler'))}
      {scaled && item('area', t('viewer.area'))}
      {scaled && item('fields', t('viewer.key.fields'))}
      {check(t('magnifier.title'), magnifier, () => viewer.magnifier.toggle())}
      <hr className={style.line} />
      {onBoard !== null && open(t('board.add'), onBoard)}
      {manage !== null && open(t('shares.openMenu'), manage.share)}
      {manage !== null && open(t('members.openMenu'), manage.members)}
      {(visitor || !guest) && item('link', t('viewer.link'))}
      {!guest && item('identity', hidden ? t('identity.showShort') : t('identity.hide'))}
      {item('help', t('viewer.help'))}
    </MenuFrame>
  )
}
