import { type KeyboardEvent, type MouseEvent, useEffect, useRef } from 'react'

import { formatMoment, formatSince, t } from '../../i18n'
import { itemMove } from '../../model/list/window'
import type { PixelSize } from '../../model/slide'
import { useBox, useRows } from '../library/useRows'
import { Icon } from '../shell/icons'
import { useSelected } from '../viewer/useSelected'
import { useAnnotations, useDocument } from './context'
import { bringIntoSight, goTo } from './look'
import { areaText, between, lengthText, type ObjectRow, type Sort, type SortField, sizeText } from './objects'
import { panel } from './panelState'
import style from './table.module.css'

const COARSE = window.matchMedia('(pointer: coarse)').matches
/** As the style sheet has them: a fingertip needs more than a pointer. */
const ROW_PX = COARSE ? 44 : 36
const HEAD_PX = COARSE ? 44 : 30
const NARROW: readonly SortField[] = ['name', 'area', 'changed']
const WIDE: readonly SortField[] = ['name', 'class', 'area', 'length', 'perimeter', 'author', 'changed']

interface Props {
  rows: readonly ObjectRow[]
  size: PixelSize | null
  sort: Sort
  onSort: (sort: Sort) => void
}

/** A row selects its object and brings it into sight; a double click, or Enter, goes to it. */
export function ObjectTable({ rows, size, sort, onSort }: Props) {
  const { document, viewer } = useAnnotations()
  const selection = useDocument((state) => state.selection)
  const wide = useSelected(panel, (state) => state.wide)
  const scroller = useRef<HTMLDivElement>(null)
  const box = useBox(scroller)
  const view = Math.max(0, box.height - HEAD_PX)
  const { rows: seen, show } = useRows(scroller, view, rows.length, ROW_PX)
  const last = useRef<string | null>(null)
  const columns = wide ? WIDE : NARROW
  const chosen = rows.findIndex((row) => selection.has(row.id))

  // What is selected on the picture is found in the table, too.
  const first = selection.size === 1 ? ([...selection][0] ?? null) : null
  useEffect(() => {
    if (first === null || first === last.current) return
    last.current = first
    const at = rows.findIndex((row) => row.id === first)
    if (at >= 0) show(at)
    // Only when something else is selected: the list may change below whoever scrolls.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [first])

  const select = (row: ObjectRow, event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }): void => {
    if (event.shiftKey) document.select(between(rows, last.current, row.id), 'add')
    else if (event.ctrlKey || event.metaKey) document.select([row.id], 'toggle')
    else {
      document.select([row.id])
      bringIntoSight(viewer, row.one.geometry)
    }
    last.current = row.id
  }
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && chosen >= 0) {
      event.preventDefault()
      goTo(viewer, rows.filter((row) => selection.has(row.id)).map((row) => row.one.geometry))
      return
    }
    const to = itemMove(event.key, chosen, rows.length, 1, Math.max(1, Math.floor(view / ROW_PX)))
    const row = to === null ? undefined : rows[to]
    if (to === null || row === undefined || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    select(row, event)
    show(to)
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-at="${to}"]`)?.focus({ preventScroll: true }))
  }
  return (
    <div
      ref={scroller}
      className={style.table}
      data-wide={wide || undefined}
      role="grid"
      aria-label={t('annotations.tab.objects')}
      aria-rowcount={rows.length + 1}
      aria-multiselectable="true"
      onKeyDown={pressed}
    >
      <div role="row" className={style.headRow}>
        <span role="columnheader" className={style.pick} aria-label={t('annotations.selected')} />
        {columns.map((field) => (
          <Heading key={field} field={field} sort={sort} onSort={onSort} />
        ))}
      </div>
      <div role="presentation" style={{ height: rows.length * ROW_PX, position: 'relative' }}>
        {rows.slice(seen.first, seen.end).map((row, i) => {
          const at = seen.first + i
          return (
            <Row
              key={row.id}
              row={row}
              at={at}
              size={size}
              columns={columns}
              selected={selection.has(row.id)}
              reachable={at === (chosen < 0 ? 0 : chosen)}
              onSelect={(event) => select(row, event)}
              onToggle={() => document.select([row.id], 'toggle')}
              onGo={() => goTo(viewer, [row.one.geometry])}
            />
          )
        })}
      </div>
    </div>
  )
}

function Heading({ field, sort, onSort }: { field: SortField; sort: Sort; onSort: (sort: Sort) => void }) {
  const on = sort.field === field
  return (
    <span role="columnheader" className={style.heading} data-field={field} aria-sort={on ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" onClick={() => onSort({ field, down: on ? !sort.down : field === 'area' || field === 'changed' })}>
        {t(`annotations.column.${field}`)}
        {on && (
          <span className={style.arrow} data-down={sort.down || undefined}>
            <Icon name="up" size={12} />
          </span>
        )}
      </button>
    </span>
  )
}

/** Each state has a shape of its own, for whoever does not see its colour. */
function Review({ review }: { review: ObjectRow['one']['review'] }) {
  const name = t(`annotations.review.${review}`)
  return <span role="img" aria-label={name} title={name} className={style.review} data-review={review} />
}

interface RowProps {
  row: ObjectRow
  at: number
  size: PixelSize | null
  columns: readonly SortField[]
  selected: boolean
  reachable: boolean
  onSelect: (event: MouseEvent) => void
  onToggle: () => void
  onGo: () => void
}

function Row({ row, at, size, columns, selected, reachable, onSelect, onToggle, onGo }: RowProps) {
  return (
    <div
      role="row"
      data-at={at}
      aria-rowindex={at + 2}
      aria-selected={selected}
      tabIndex={reachable ? 0 : -1}
      className={style.row}
      style={{ transform: `translateY(${at * ROW_PX}px)` }}
      onClick={onSelect}
      onDoubleClick={onGo}
    >
      <span role="gridcell" className={style.pick} onClick={(event) => event.stopPropagation()}>
        {/* All of the cell can be pressed. */}
        <label>
          <input type="checkbox" tabIndex={-1} checked={selected} aria-label={t('annotations.select', { name: row.name })} onChange={onToggle} />
        </label>
      </span>
      {columns.map((field) => (
        <span key={field} role="gridcell" className={style.cell} data-field={field}>
          <Cell row={row} field={field} size={size} withClass={columns === NARROW} />
        </span>
      ))}
    </div>
  )
}

function Cell({ row, field, size, withClass }: { row: ObjectRow; field: SortField; size: PixelSize | null; withClass: boolean }) {
  const { one } = row
  switch (field) {
    case 'name':
      return (
        <>
          <span className={style.swatch} data-none={row.colour === null || undefined} style={row.colour === null ? undefined : { backgroundColor: row.colour }} />
          <span className={style.name} title={row.name}>
            {row.name}
            {withClass && row.className !== '' && <small>{row.className}</small>}
          </span>
          {one.locked && (
            <span role="img" aria-label={t('annotations.locked')} title={t('annotations.locked')} className={style.locked}>
              <Icon name="lock" size={13} />
            </span>
          )}
          {one.review !== 'draft' && <Review review={one.review} />}
        </>
      )
    case 'class':
      return row.className
    case 'area':
      return withClass ? sizeText(row, size) : areaText(row.area, size)
    case 'length':
      return lengthText(row.length, size)
    case 'perimeter':
      return lengthText(row.perimeter, size)
    case 'author':
      return one.author_name
    case 'changed':
      return (
        <time dateTime={one.changed_at} title={`${one.author_name}, ${formatMoment(one.changed_at)}`}>
          {formatSince(one.changed_at)}
        </time>
      )
  }
}
