import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'

import { identity } from '../../api/identity'
import { t } from '../../i18n'
import type { Point } from '../../model/frame'
import { pixelSize } from '../../model/slide'
import type { KeyAction } from '../../viewer/keyTable'
import { useStore } from '../shell/useStore'
import { useViewer } from './OpenViewer'
import { preferences } from './preferences'
import style from './SlideMenu.module.css'
import { useKeyNames } from './useKeyNames'
import { useSelected } from './useSelected'
import { zoomSteps } from './ZoomBar'

interface Props {
  at: Point
  run: (action: KeyAction) => void
  onClose: () => void
}

const EDGE_PX = 8

/** The same menu for a right click, a long press and Shift+F10: what fingers need without any key. */
export function SlideMenu({ at, run, onClose }: Props) {
  const { slide, viewer } = useViewer()
  const { nameOf } = useKeyNames()
  const hidden = useStore(identity)
  const locked = useSelected(preferences, (value) => value.turnLocked)
  const magnifier = useSelected(viewer.magnifier.state, (state) => state.on)
  const box = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState<Point>(at)
  const scaled = pixelSize(slide) !== null

  useLayoutEffect(() => {
    const menu = box.current
    if (menu === null) return
    const { width, height } = menu.getBoundingClientRect()
    const fits = (want: number, size: number, room: number) => Math.max(EDGE_PX, Math.min(want, room - size - EDGE_PX))
    setPlace({ x: fits(at.x, width, window.innerWidth), y: fits(at.y, height, window.innerHeight) })
  }, [at])
  useEffect(() => {
    const before = document.activeElement
    box.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus()
    return () => {
      // A page that was drawn anew has another picture to give the focus to.
      const stage = before?.isConnected === true && before !== document.body ? before : document.querySelector('[role=application]')
      if (stage instanceof HTMLElement) stage.focus({ preventScroll: true })
    }
  }, [])
  useEffect(() => {
    const pressed = (event: Event) => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) onClose()
    }
    document.addEventListener('pointerdown', pressed, { capture: true })
    window.addEventListener('resize', onClose)
    return () => {
      document.removeEventListener('pointerdown', pressed, { capture: true })
      window.removeEventListener('resize', onClose)
    }
  }, [onClose])

  const moved = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault()
      onClose()
      return
    }
    const items = [...(box.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])]
    const now = items.findIndex((item) => item === document.activeElement)
    const to = { ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1, Home: 0, End: items.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    items[(to + items.length) % items.length]?.focus()
  }
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
    <div
      ref={box}
      role="menu"
      aria-label={t('menu.label')}
      className={style.menu}
      style={{ left: place.x, top: place.y }}
      onKeyDown={moved}
      onContextMenu={(event) => event.preventDefault()}
    >
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
      {item('link', t('viewer.link'))}
      {item('identity', hidden ? t('identity.showShort') : t('identity.hide'))}
      {item('help', t('viewer.help'))}
    </div>
  )
}
