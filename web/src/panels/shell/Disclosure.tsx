import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'

import style from './Disclosure.module.css'

interface Props {
  /** What the button shows. */
  face: ReactNode
  label: string
  className?: string | undefined
  /** Which edges of button and panel meet. */
  align?: 'start' | 'end'
  children: (close: () => void) => ReactNode
}

const EDGE_PX = 12

/** A button that shows a small panel below itself; Escape, a click elsewhere or leaving it closes the panel. */
export function Disclosure({ face, label, className, align = 'end', children }: Props) {
  const [open, setOpen] = useState(false)
  const whole = useRef<HTMLDivElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const buttonId = useId()
  const panelId = useId()

  useEffect(() => {
    if (!open) return undefined
    const pressed = (event: Event): void => {
      if (event.target instanceof Node && whole.current?.contains(event.target) !== true) setOpen(false)
    }
    document.addEventListener('pointerdown', pressed)
    return () => document.removeEventListener('pointerdown', pressed)
  }, [open])

  // On a telephone the panel may be wider than what lies beside the button: nothing of it is outside the window.
  useLayoutEffect(() => {
    const box = panel.current
    if (!open || box === null) return undefined
    let by = 0
    const place = (): void => {
      const { left, right } = box.getBoundingClientRect()
      by = Math.max(EDGE_PX - (left - by), Math.min(0, window.innerWidth - EDGE_PX - (right - by)))
      box.style.translate = by === 0 ? '' : `${by}px 0`
    }
    // What is inside may come later.
    const observer = new ResizeObserver(place)
    observer.observe(box)
    place()
    return () => observer.disconnect()
  }, [open])

  const close = (): void => {
    setOpen(false)
    document.getElementById(buttonId)?.focus()
  }
  return (
    <div
      ref={whole}
      className={style.whole}
      onKeyDown={(event) => {
        if (!open || event.key !== 'Escape') return
        event.stopPropagation()
        close()
      }}
      onBlur={(event) => {
        const next = event.relatedTarget
        if (next !== null && whole.current?.contains(next) !== true) setOpen(false)
      }}
    >
      <button
        id={buttonId}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-expanded={open}
        aria-controls={open ? panelId : undefined}
        onClick={() => setOpen(!open)}
      >
        {face}
      </button>
      {open && (
        <div ref={panel} id={panelId} role="group" aria-label={label} className={style.panel} data-align={align}>
          {children(close)}
        </div>
      )}
    </div>
  )
}
