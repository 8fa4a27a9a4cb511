import { useCallback, useState } from 'react'

import type { SlideSummary } from '../../api/slides'

interface Selection {
  readonly slideId: string
  readonly index: number
}

/** The last slide that was selected, for coming back from it. */
let last: Selection | null = null

/** Which slide is selected; it stays selected when the list is read again and its place changes. */
export function useSelection(items: readonly SlideSummary[]): { index: number; select: (index: number) => void } {
  const [selection, setSelection] = useState<Selection | null>(last)
  const index = selection === null ? -1 : placeOf(items, selection)
  const select = useCallback(
    (next: number) => {
      const slide = items[next]
      last = slide === undefined ? null : { slideId: slide.slide_id, index: next }
      setSelection(last)
    },
    [items],
  )
  return { index, select }
}

function placeOf(items: readonly SlideSummary[], { slideId, index }: Selection): number {
  if (items[index]?.slide_id === slideId) return index
  return items.findIndex((slide) => slide.slide_id === slideId)
}
