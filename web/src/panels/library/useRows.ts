import { type RefObject, useLayoutEffect, useRef, useState } from 'react'

import { type RowWindow, rowWindow, scrollToShow } from '../../model/list/window'

interface Box {
  readonly width: number
  readonly height: number
}

/** The size of an element, kept up to date. */
export function useBox(element: RefObject<HTMLElement | null>): Box {
  const [box, setBox] = useState<Box>({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const target = element.current
    if (target === null) return undefined
    const measure = (): void => {
      const next = { width: target.clientWidth, height: target.clientHeight }
      setBox((last) => (last.width === next.width && last.height === next.height ? last : next))
    }
    const observer = new ResizeObserver(measure)
    observer.observe(target)
    measure()
    return () => observer.disconnect()
  }, [element])
  return box
}

/** The rows to draw in a scrolled element, and a way to bring a row into sight. */
export function useRows(
  scroller: RefObject<HTMLElement | null>,
  viewHeight: number,
  rowCount: number,
  rowHeight: number,
): { rows: RowWindow; show: (row: number) => void } {
  const [rows, setRows] = useState<RowWindow>({ first: 0, end: 0 })
  const latest = useRef(rows)

  useLayoutEffect(() => {
    const target = scroller.current
    if (target === null) return undefined
    const look = (): void => {
      const next = rowWindow(rowCount, rowHeight, target.scrollTop, viewHeight)
      if (next.first === latest.current.first && next.end === latest.current.end) return
      latest.current = next
      setRows(next)
    }
    look()
    target.addEventListener('scroll', look, { passive: true })
    return () => target.removeEventListener('scroll', look)
  }, [scroller, viewHeight, rowCount, rowHeight])

  const show = (row: number): void => {
    const target = scroller.current
    target?.scrollTo({ top: scrollToShow(row, rowHeight, target.scrollTop, viewHeight), behavior: 'instant' })
  }
  return { rows, show }
}
