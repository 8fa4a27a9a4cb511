import type { ReactNode } from 'react'

import type { FieldRule } from '../../api/projects'
import type { SlideSummary } from '../../api/slides'
import { type Key, formatBytes, formatDate, formatDimensions, formatObjective, formatPixelSize, t } from '../../i18n'
import { type BuiltIn, type ColumnId, fieldOf } from '../../model/list/columns'
import { writeField } from '../../model/list/fieldRules'
import type { SortField } from '../../model/list/query'
import { StainChip, TagChips } from '../cases/Chips'
import { StateNote } from './StateNote'
import style from './SlideTable.module.css'
import { formatName } from './words'

/** One column of the table of slides. */
export interface Column {
  readonly id: ColumnId
  readonly title: string
  readonly sort?: SortField
  readonly widthPx: number
  /** True when a click on a cell edits it. */
  readonly edits: boolean
  readonly cell: (slide: SlideSummary) => ReactNode
}

interface BuiltInColumn {
  readonly title: Key & (`cases.field.${string}` | `library.column.${string}`)
  readonly sort?: SortField
  readonly widthPx: number
  readonly edits?: boolean
  readonly cell: (slide: SlideSummary) => ReactNode
}

const BUILT_IN: Record<BuiltIn, BuiltInColumn> = {
  case: { title: 'cases.field.case', sort: 'case', widthPx: 128, edits: true, cell: (slide) => slide.case_name },
  part: { title: 'cases.field.part', widthPx: 80, edits: true, cell: (slide) => slide.part },
  block: { title: 'cases.field.block', widthPx: 76, edits: true, cell: (slide) => slide.block },
  stain: {
    title: 'cases.field.stain',
    sort: 'stain',
    widthPx: 116,
    edits: true,
    cell: (slide) => slide.stain !== null && <StainChip stain={slide.stain} kind={slide.stain_kind} />,
  },
  stain_kind: {
    title: 'cases.field.stain_kind',
    widthPx: 124,
    edits: true,
    cell: (slide) => slide.stain_kind !== null && t(`stain.${slide.stain_kind}`),
  },
  label_text: { title: 'cases.field.label_text', widthPx: 180, edits: true, cell: (slide) => slide.label_text },
  tags: {
    title: 'cases.field.tags',
    widthPx: 150,
    edits: true,
    cell: (slide) => slide.tags.length > 0 && <TagChips tags={slide.tags} most={3} />,
  },
  // The stars of a cell are live: the table draws them.
  rating: { title: 'cases.field.rating', widthPx: 116, cell: () => null },
  state: { title: 'library.column.state', sort: 'state', widthPx: 160, cell: (slide) => <StateCell slide={slide} /> },
  format: { title: 'library.column.format', sort: 'format', widthPx: 120, cell: (slide) => formatName(slide.format) },
  objective: {
    title: 'library.column.objective',
    widthPx: 92,
    cell: (slide) => slide.objective !== null && formatObjective(slide.objective),
  },
  mpp: {
    title: 'library.column.pixelSize',
    widthPx: 124,
    cell: (slide) => slide.mpp_x !== null && slide.mpp_y !== null && formatPixelSize(slide.mpp_x, slide.mpp_y),
  },
  dimensions: {
    title: 'library.column.dimensions',
    widthPx: 168,
    cell: (slide) => slide.width !== null && slide.height !== null && formatDimensions(slide.width, slide.height),
  },
  size: {
    title: 'library.column.size',
    sort: 'size_bytes',
    widthPx: 92,
    cell: (slide) => formatBytes(slide.size_bytes),
  },
  scanned: {
    title: 'library.column.scanned',
    sort: 'scanned_at',
    widthPx: 112,
    cell: (slide) => slide.scanned_at !== null && formatDate(slide.scanned_at),
  },
  added: {
    title: 'library.column.added',
    sort: 'created_at',
    widthPx: 112,
    cell: (slide) => formatDate(slide.created_at),
  },
}

/** What to draw for a column; a field of the schema is titled as its rule says. */
export function columnOf(id: ColumnId, rules: readonly FieldRule[]): Column {
  const key = fieldOf(id)
  if (key === null) {
    const { title, ...rest } = BUILT_IN[id as BuiltIn]
    return { edits: false, ...rest, id, title: t(title) }
  }
  const rule = rules.find((one) => one.key === key && one.applies_to === 'slide')
  const title = rule === undefined || rule.label === '' ? key : rule.label
  return { id, title, widthPx: 136, edits: true, cell: (slide) => fieldText(slide, key, rule) }
}

export function columnTitle(id: ColumnId, rules: readonly FieldRule[]): string {
  return columnOf(id, rules).title
}

function fieldText(slide: SlideSummary, key: string, rule: FieldRule | undefined): string {
  const value = slide.fields[key]
  if (typeof value === 'boolean') return t(value ? 'fields.yes' : 'fields.no')
  if (rule?.type === 'date' && typeof value === 'string' && !Number.isNaN(Date.parse(value))) return formatDate(value)
  return writeField(value)
}

function StateCell({ slide }: { slide: SlideSummary }) {
  return (
    <>
      <StateNote slide={slide} always />
      {slide.reason !== null && (
        <span className={style.reason} title={slide.reason.message}>
          {slide.reason.message}
        </span>
      )}
    </>
  )
}
