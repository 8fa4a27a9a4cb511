import { type MouseEvent, type Ref, memo, useEffect, useImperativeHandle, useMemo, useRef } from 'react'

import type { FieldRule } from '../../api/projects'
import type { SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import type { ColumnId } from '../../model/list/columns'
import type { Edits } from '../../model/list/edits'
import type { Sort, SortField } from '../../model/list/query'
import { Stars } from '../cases/Stars'
import { Link } from '../shell/Link'
import { OpenedDot } from '../shell/OpenedDot'
import { Icon } from '../shell/icons'
import { CellEditor } from './CellEditor'
import { PickBox } from './PickBox'
import type { ItemsHandle } from './SlideGrid'
import { type ItemActions, type ItemsProps, picksByClick, tabIndexOf, useItemKeys } from './SlideItems'
import style from './SlideTable.module.css'
import { StateNote } from './StateNote'
import { Thumbnail } from './Thumbnail'
import { type Column, columnOf } from './columns'
import { type CellEditing, useCellEditing } from './useCellEditing'
import { useBox, useRows } from './useRows'
import { cardFacts, opens } from './words'

const ROW_PX = 56
const HEAD_PX = 40
/** On a list this narrow the name's cell says what the columns would. */
const NARROW_PX = 544
/** Box, preview, the least of a name, and the button at the end. */
const FIXED_PX = 36 + 64 + 200 + 60

/** What the cells need for being edited. */
export interface Editing {
  edits: Edits
  rules: readonly FieldRule[]
  knownStains: readonly string[]
  knownTags: readonly string[]
}

interface Props extends ItemsProps {
  handle: Ref<ItemsHandle>
  columns: readonly ColumnId[]
  /** True when somebody chose the columns: then the table scrolls rather than leave one out. */
  chosen: boolean
  sort: Sort
  onSort: (field: SortField) => void
  editing: Editing
}

/** Slides as a table; its headings sort, its cells are edited in place. */
export function SlideTable({ handle, columns: ids, chosen, sort, onSort, editing, ...list }: Props) {
  const whole = useRef<HTMLDivElement>(null)
  const box = useBox(whole)
  const viewHeight = Math.max(0, box.height - HEAD_PX)
  const { rows, show } = useRows(whole, viewHeight, list.total, ROW_PX)
  const { rules } = editing
  const columns = useMemo(() => {
    if (box.width < NARROW_PX) return []
    const all = ids.map((id) => columnOf(id, rules))
    return chosen ? all : thatFit(all, box.width - FIXED_PX)
  }, [ids, rules, chosen, box.width])
  const widthPx = columns.length === 0 ? 0 : FIXED_PX + columns.reduce((sum, column) => sum + column.widthPx, 0)
  const press = useItemKeys(whole, {
    count: list.items.length,
    selected: list.selected,
    columns: 1,
    pageRows: Math.max(1, Math.floor(viewHeight / ROW_PX)),
    onSelect: list.actions.select,
    onRange: (index) => list.actions.pick(index, 'range'),
    show,
  })
  const cells = useCellEditing(list.items, columns, (index) => {
    list.actions.select(index)
    whole.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true })
  })
  useImperativeHandle(handle, () => ({ press, show, edit: (index) => cells.begin(index) }))
  const { onReach } = list
  useEffect(() => {
    if (rows.end > 0) onReach(rows.end - 1)
  }, [rows.end, onReach, list.items.length])

  const places = Array.from({ length: rows.end - rows.first }, (_, at) => rows.first + at)
  return (
    <div ref={whole} className={style.scroller} onKeyDown={press} data-testid="slides" data-items>
      <table className={style.table} style={{ minWidth: widthPx }} aria-label={t('library.list')} aria-rowcount={list.total + 1}>
        <colgroup>
          <col className={style.pickColumn} />
          <col className={style.previewColumn} />
          <col />
          {columns.map(({ id, widthPx: width }) => (
            <col key={id} style={{ width }} />
          ))}
          <col className={style.moreColumn} />
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">
              <span className="cs-unseen">{t('library.column.select')}</span>
            </th>
            <th scope="col" className={style.preview}>
              <span className="cs-unseen">{t('library.column.preview')}</span>
            </th>
            <Heading title={t('library.column.name')} id="name" field="name" sort={sort} onSort={onSort} />
            {columns.map(({ id, title, sort: field }) => (
              <Heading key={id} id={id} title={title} field={field} sort={sort} onSort={onSort} />
            ))}
            <th scope="col" className={style.more}>
              <span className="cs-unseen">{t('library.column.details')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <Space rows={rows.first} />
          {places.map((index) => {
            const slide = list.items[index]
            return slide === undefined ? (
              <Place key={`place-${index}`} index={index} />
            ) : (
              <Row
                key={slide.slide_id}
                slide={slide}
                index={index}
                columns={columns}
                selected={index === list.selected}
                picked={list.picked.has(slide.slide_id)}
                picking={list.picked.size > 0}
                tabIndex={tabIndexOf(index, list.selected)}
                address={list.addressOf(slide)}
                actions={list.actions}
                cell={cells.place?.slideId === slide.slide_id ? cells.place.column : null}
                cells={cells}
                editing={editing}
              />
            )
          })}
          <Space rows={list.total - rows.end} />
        </tbody>
      </table>
    </div>
  )
}

/** The columns from the first that have room; what is least often looked for stands last. */
function thatFit(columns: readonly Column[], widthPx: number): Column[] {
  let left = widthPx
  return columns.filter((column) => (left -= column.widthPx) >= 0)
}

interface HeadingProps {
  id: string
  title: string
  field?: SortField | undefined
  sort: Sort
  onSort: (field: SortField) => void
}

function Heading({ id, title, field, sort, onSort }: HeadingProps) {
  if (field === undefined) {
    return (
      <th scope="col" data-column={id} title={title}>
        {title}
      </th>
    )
  }
  const direction = sort === field ? 'ascending' : sort === `-${field}` ? 'descending' : 'none'
  return (
    <th scope="col" data-column={id} aria-sort={direction}>
      <button type="button" className={style.sort} onClick={() => onSort(field)}>
        {title}
        {direction !== 'none' && <Icon name={direction === 'ascending' ? 'up' : 'down'} size={14} />}
      </button>
    </th>
  )
}

/** Where a slide will be, once it is read. */
function Place({ index }: { index: number }) {
  return (
    <tr className={style.row} aria-rowindex={index + 2}>
      <td />
      <td className={style.preview} />
      <td data-column="name">
        <div className={style.skeleton} />
      </td>
    </tr>
  )
}

interface RowProps {
  slide: SlideSummary
  index: number
  columns: readonly Column[]
  selected: boolean
  picked: boolean
  picking: boolean
  tabIndex: 0 | -1
  address: string
  actions: ItemActions
  /** The column that is edited in this row. */
  cell: string | null
  cells: CellEditing
  editing: Editing
}

// How editing goes on is of no account to a row in which nothing is edited; its place and columns are compared anyway.
const Row = memo(RowOnce, (before, after) =>
  (Object.keys(after) as (keyof RowProps)[]).every(
    (key) => Object.is(before[key], after[key]) || (key === 'cells' && after.cell === null),
  ),
)

function RowOnce(props: RowProps) {
  const { slide, index, columns, selected, picked, picking, tabIndex, address, actions, cell, cells, editing } = props
  const narrow = columns.length === 0
  const below = narrow || slide.state !== 'ready' || slide.offline_since !== null
  const shared = {
    className: style.name,
    tabIndex,
    'data-index': index,
    'aria-current': selected ? ('true' as const) : undefined,
    title: slide.name,
    onFocus: () => actions.select(index),
    onPointerEnter: actions.near,
  }
  return (
    <tr
      className={style.row}
      data-selected={selected}
      data-picked={picked}
      aria-rowindex={index + 2}
      draggable={cell === null}
      onDragStart={(event) => actions.drag(index, event)}
    >
      <td className={style.pickCell}>
        <PickBox
          className={style.pick}
          name={slide.name}
          picked={picked}
          shown={picking}
          tabIndex={tabIndex}
          onPick={(event) => actions.pick(index, event.shiftKey ? 'range' : 'toggle')}
        />
      </td>
      <td className={style.preview}>
        <Thumbnail slide={slide} size={256} />
      </td>
      <td data-column="name" data-below={below}>
        {opens(slide) ? (
          <Link href={address} {...shared} onClick={(event) => picksByClick(event, index, actions)}>
            <OpenedDot slideId={slide.slide_id} />
            {slide.name}
          </Link>
        ) : (
          <button
            type="button"
            {...shared}
            onClick={(event) => {
              if (!picksByClick(event, index, actions)) actions.details(index)
            }}
          >
            {slide.name}
          </button>
        )}
        {below && (
          <span className={style.under}>
            <StateNote slide={slide} />
            <span className={style.underText}>{slide.reason?.message ?? (narrow && cardFacts(slide))}</span>
          </span>
        )}
      </td>
      {columns.map((column) => (
        <Cell
          key={column.id}
          column={column}
          slide={slide}
          open={cell === column.id}
          editing={editing}
          tabIndex={tabIndex}
          onClick={(event) => {
            if (picksByClick(event, index, actions) || !column.edits || cell === column.id) return
            actions.select(index)
            cells.begin(index, column.id)
          }}
          cells={cells}
        />
      ))}
      <td className={style.more}>
        <button
          type="button"
          className={style.details}
          tabIndex={tabIndex}
          aria-label={t('details.of', { name: slide.name })}
          title={t('details.title')}
          onClick={() => actions.details(index)}
        >
          <Icon name="info" />
        </button>
      </td>
    </tr>
  )
}

interface CellProps {
  column: Column
  slide: SlideSummary
  open: boolean
  editing: Editing
  tabIndex: 0 | -1
  cells: CellEditing
  onClick: (event: MouseEvent) => void
}

function Cell({ column, slide, open, editing, tabIndex, cells, onClick }: CellProps) {
  const { edits } = editing
  if (column.id === 'rating') {
    return (
      <td data-column="rating">
        <Stars
          value={slide.rating}
          label={t('fields.edit', { field: column.title, name: slide.name })}
          tabIndex={tabIndex}
          onChange={(rating) => {
            edits
              .patch([slide], { rating }, column.title)
              .catch((error: unknown) => edits.notices.fail(t('edits.failed'), error))
          }}
        />
      </td>
    )
  }
  return (
    <td data-column={column.id} data-edits={column.edits} data-open={open} onClick={onClick}>
      {open ? (
        <CellEditor
          edits={edits}
          knownStains={editing.knownStains}
          knownTags={editing.knownTags}
          slide={slide}
          column={column.id}
          title={column.title}
          onDone={cells.end}
        />
      ) : (
        column.cell(slide)
      )}
    </td>
  )
}

/** Room for rows that are not drawn. */
function Space({ rows }: { rows: number }) {
  return rows > 0 ? (
    <tr aria-hidden="true">
      <td style={{ height: rows * ROW_PX, padding: 0, border: 0 }} />
    </tr>
  ) : null
}
