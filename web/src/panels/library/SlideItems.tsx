import { type DragEvent, type KeyboardEvent, type MouseEvent, type RefObject, useEffect, useMemo, useRef } from 'react'

import type { SlideSummary } from '../../api/slides'
import { itemMove } from '../../model/list/window'
import { isTyping } from './keys'

/** What one item may do; the same object as long as the list is shown, so that only changed items are drawn again. */
export interface ItemActions {
  select: (index: number) => void
  details: (index: number) => void
  /** Somebody points at a slide: it may be opened soon. */
  near: () => void
  /** Mark a slide for doing something with all marked ones, or everything up to it. */
  pick: (index: number, how: 'toggle' | 'range') => void
  drag: (index: number, event: DragEvent) => void
}

/** What the grid and the table have in common. */
export interface ItemsProps {
  items: readonly SlideSummary[]
  /** How many slides the list has, those not yet read included. */
  total: number
  /** Index of the selected item, -1 for none. */
  selected: number
  /** True when all of them are of one case, which needs no saying on each. */
  inCase: boolean
  /** The marked slides. */
  picked: ReadonlySet<string>
  actions: ItemActions
  /** The address that opens a slide. */
  addressOf: (slide: SlideSummary) => string
  /** Called with the last index in sight, so that it gets read. */
  onReach: (index: number) => void
}

/** The same actions for ever, doing what `now` does at the moment. */
export function useActions(now: ItemActions): ItemActions {
  const latest = useRef(now)
  useEffect(() => {
    latest.current = now
  })
  return useMemo(
    () => ({
      select: (index) => latest.current.select(index),
      details: (index) => latest.current.details(index),
      near: () => latest.current.near(),
      pick: (index, how) => latest.current.pick(index, how),
      drag: (index, event) => latest.current.drag(index, event),
    }),
    [],
  )
}

/** A click with Ctrl, Cmd or Shift marks slides instead of opening one; true when it did. */
export function picksByClick(event: MouseEvent, index: number, actions: ItemActions): boolean {
  if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return false
  event.preventDefault()
  actions.pick(index, event.shiftKey ? 'range' : 'toggle')
  return true
}

/** Which item the tab key stops at: the selected one, else the first. */
export function tabIndexOf(index: number, selected: number): 0 | -1 {
  return index === Math.max(0, selected) ? 0 : -1
}

interface Movement {
  count: number
  selected: number
  columns: number
  pageRows: number
  onSelect: (index: number) => void
  /** Shift and a move: mark everything on the way. */
  onRange: (index: number) => void
  show: (row: number) => void
}

/**
 * Moves the selection by keys and lets the focus follow it.
 * Each item's main control carries `data-index`; it gets the focus as soon as it is drawn.
 */
export function useItemKeys(whole: RefObject<HTMLElement | null>, movement: Movement) {
  const { count, selected, columns, pageRows, onSelect, onRange, show } = movement
  const follow = useRef(false)

  useEffect(() => {
    if (!follow.current || selected < 0) return undefined
    show(Math.floor(selected / columns))
    const focus = (): boolean => {
      const control = whole.current?.querySelector<HTMLElement>(`[data-index="${selected}"]`)
      if (!control) return false
      control.focus({ preventScroll: true })
      follow.current = false
      return true
    }
    // At once where the row is there: an Enter right after the arrow key belongs to it, however long a frame takes.
    if (focus()) return undefined
    const frame = requestAnimationFrame(focus)
    return () => cancelAnimationFrame(frame)
  })

  return (event: KeyboardEvent | globalThis.KeyboardEvent): boolean => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false
    const next = itemMove(event.key, selected, count, columns, pageRows)
    if (next === null) return false
    event.preventDefault()
    follow.current = true
    if (event.shiftKey) onRange(next)
    onSelect(next)
    return true
  }
}
