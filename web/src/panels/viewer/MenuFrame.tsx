import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'

import type { Point } from '../../model/frame'
import style from './SlideMenu.module.css'

interface Props {
  /** Where its corner wants to lie; it is moved to lie inside the window. */
  at: Point
  label: string
  /** What opened it, and closes it by itself. */
  opener?: RefObject<HTMLElement | null>
  onClose: () => void
  children: ReactNode
}

const EDGE_PX = 8

/** A menu above the picture: arrows walk it, Escape or a press elsewhere closes it, the focus goes back. */
export function MenuFrame({ at, label, opener, onClose, children }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState<Point>(at)

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
      if (!(event.target instanceof Node)) return
      if (box.current?.contains(event.target) !== true && opener?.current?.contains(event.target) !== true) onClose()
    }
    document.addEventListener('pointerdown', pressed, { capture: true })
    window.addEventListener('resize', onClose)
    return () => {
      document.removeEventListener('pointerdown', pressed, { capture: true })
      window.removeEventListener('resize', onClose)
    }
  }, [onClose, opener])

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
  // In no other's layer: the film strip would lie on a menu of the tools.
  return createPortal(
    <div
      ref={box}
      role="menu"
      aria-label={label}
      className={style.menu}
      style={{ left: place.x, top: place.y }}
      onKeyDown={moved}
      onContextMenu={(event) => event.preventDefault()}
    >
      {children}
    </div>,
    document.body,
  )
}
