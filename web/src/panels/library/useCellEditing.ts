import { useState } from 'react'

import { may } from '../../api/members'
import type { SlideSummary } from '../../api/slides'
import type { Ending } from './CellEditor'
import type { Column } from './columns'

interface Place {
  readonly slideId: string
  readonly column: string
}

export interface CellEditing {
  readonly place: Place | null
  /** Edit a cell, or the first one of a slide's row; false when nothing there can be edited. */
  begin: (index: number, column?: string) => boolean
  end: (how: Ending) => void
}

/** Which cell is edited: Enter goes on below, Tab to the next cell, Escape back to the row. */
export function useCellEditing(
  items: readonly SlideSummary[],
  columns: readonly Column[],
  onRow: (index: number) => void,
): CellEditing {
  const [place, setPlace] = useState<Place | null>(null)
  const editable = columns.filter((column) => column.edits).map((column) => column.id as string)
  const begin = (index: number, column = editable[0]): boolean => {
    const slide = items[index]
    if (slide === undefined || column === undefined || !editable.includes(column) || !may(slide, 'editor')) return false
    setPlace({ slideId: slide.slide_id, column })
    return true
  }
  const end = (how: Ending): void => {
    if (place === null) return
    const index = items.findIndex((slide) => slide.slide_id === place.slideId)
    const at = editable.indexOf(place.column)
    if (how === 'left') {
      // The focus is where somebody put it. What was begun there meanwhile goes on.
      setPlace((now) => (now === place ? null : now))
      return
    }
    const beside = how === 'next' ? editable[at + 1] : how === 'previous' ? editable[at - 1] : undefined
    if (beside !== undefined && begin(index, beside)) return
    if (how === 'enter' && begin(index + 1, place.column)) {
      return
    }
    setPlace(null)
    if (index >= 0) onRow(index)
  }
  return { place, begin, end }
}
