import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'

import style from './popover.module.css'

interface Props {
  /** What the button shows. */
  face: ReactNode
  label: string
  className?: string | undefined
  children: (close: () => void) => ReactNode
}

const EDGE_PX = 8
const GAP_PX = 6

/** A button in a box that scrolls, and a small panel beside it that the box does not cut off. */
export function Popover({ face, label, className, children }: Props) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const box = panel.current
    const at = button.current?.getBoundingClientRect()
    if (!open || box === null || at === undefined) return
    const { width, height } = box.getBoundingClientRect()
    const right = at.right + GAP_PX
    // Beside the button; where there is no room, before it; on a telephone, above it.
    const left = right + width <= window.innerWidth - EDGE_PX ? right : Math.max(EDGE_PX, at.right - width)
    const beside = left === right
    const top = beside ? at.top : at.bottom + GAP_PX + height <= window.innerHeight - EDGE_PX ? at.bottom + GAP_PX : at.top - GAP_PX - height
    box.style.left = `${left}px`
    box.style.top = `${Math.max(EDGE_PX, Math.min(top, window.innerHeight - height - EDGE_PX))}px`
    box.querySelector<HTMLElement>('button, input, select')?.focus({ preventScroll: true })
  }, [open])
  useEffect(() => {
    if (!open) return undefined
    const close = (): void => setOpen(false)
    const pressed = (event: Event): void => {
      const { target } = event
      if (target instanceof Node && panel.current?.contains(target) !== true && button.current?.contains(target) !== true) close()
    }
    document.addEventListener('pointerdown', pressed, { capture: true })
    window.addEventListener('resize', close)
    return () => {
      document.removeEventListener('pointerdown', pressed, { capture: true })
      window.removeEventListener('resize', close)
    }
  }, [open])
  const close = (): void => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {face}
      </button>
      {open &&
        createPortal(
          <div
            ref={panel}
            id={id}
            role="dialog"
            aria-label={label}
            className={style.panel}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return
              event.stopPropagation()
              close()
            }}
          >
            <Inside close={close}>{children}</Inside>
          </div>,
          document.body,
        )}
    </>
  )
}

/** What is in the panel. A component of its own, as `close` reads where the button is and may not do so in a render. */
function Inside({ close, children }: { close: () => void; children: Props['children'] }) {
  return children(close)
}
