import { type DragEvent, type Ref, useCallback } from 'react'

import type { SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { type ListQuery, formatListQuery, toggleSort } from '../../model/list/query'
import type { ColumnId } from '../../model/list/columns'
import type { ListState, SlideList } from '../../model/list/slideList'
import { slidePath } from '../../shell/routes'
import { ErrorNotice } from '../shell/ErrorNotice'
import type { View } from './ListToolbar'
import style from './SlideArea.module.css'
import { type ItemsHandle, SlideGrid } from './SlideGrid'
import { useActions } from './SlideItems'
import { type Editing, SlideTable } from './SlideTable'

interface Props {
  list: SlideList
  state: ListState
  query: ListQuery
  view: View
  selected: number
  picked: ReadonlySet<string>
  columns: { readonly shown: readonly ColumnId[]; readonly chosen: boolean }
  editing: Editing
  onPick: (index: number, how: 'toggle' | 'range') => void
  onDrag: (index: number, event: DragEvent) => void
  onSelect: (index: number) => void
  onDetails: (index: number) => void
  onQuery: (query: ListQuery) => void
  onNear: () => void
  handle: Ref<ItemsHandle>
}

/** The slides themselves, as pictures or as a table, with what is missing said above them. */
export function SlideArea(props: Props) {
  const { list, state, query, view, selected, picked, columns, editing, handle, onQuery } = props
  const actions = useActions({
    select: props.onSelect,
    details: props.onDetails,
    near: props.onNear,
    pick: props.onPick,
    drag: props.onDrag,
  })
  const onReach = useCallback((index: number) => list.reach(index), [list])
  const context = formatListQuery(query)
  const shared = {
    selected,
    picked,
    inCase: query.caseId !== null,
    actions,
    items: state.items,
    // Before the first answer, a screen of places says that something is coming.
    total: state.known ? state.total : PLACES,
    onReach,
    addressOf: (slide: SlideSummary) => slidePath(slide.slide_id, context),
  }
  return (
    <div className={style.area} aria-busy={state.pending} data-stale={state.pending && state.known}>
      {state.error !== null && (
        <div className={style.error}>
          <ErrorNotice
            compact
            error={state.error}
            title={t(state.pending ? 'library.listFailed' : 'library.restFailed')}
            onRetry={() => list.retry()}
          />
        </div>
      )}
      {view === 'grid' ? (
        <SlideGrid {...shared} handle={handle} />
      ) : (
        <SlideTable
          {...shared}
          handle={handle}
          columns={columns.shown}
          chosen={columns.chosen}
          editing={editing}
          sort={query.sort}
          onSort={(field) => onQuery({ ...query, sort: toggleSort(query.sort, field) })}
        />
      )}
    </div>
  )
}

const PLACES = 24
