import { useEffect } from 'react'

import type { SavedView } from '../../api/views'
import { type ColumnId, readColumns } from '../../model/list/columns'
import { type ListQuery, formatListQuery } from '../../model/list/query'
import { listOfView } from '../../model/list/views'

interface Opener {
  views: readonly SavedView[]
  known: boolean
  query: ListQuery
  onOpen: (query: ListQuery, columns: readonly ColumnId[]) => void
  onGone: () => void
}

/** A link to a saved view names nothing but the view: show its list as soon as the views are known. */
export function useViewLink({ views, known, query, onOpen, onGone }: Opener): void {
  const { view } = query
  const bare = view !== null && formatListQuery(query).toString() === `view=${encodeURIComponent(view)}`
  useEffect(() => {
    if (!known || view === null) return
    const saved = views.find((one) => one.view_id === view)
    if (saved === undefined) onGone()
    else if (bare) onOpen(listOfView(saved.view_id, saved.query), readColumns(saved.columns))
    // Once for each view that an address names; what happens to the list afterwards is its reader's.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [known, view])
}
