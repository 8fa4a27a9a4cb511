/** The table of objects: what stands in a row, in which order, and which rows. */
import { compareNames, formatArea, formatCount, formatLength, t } from '../../i18n'
import { sizesOf } from '../../model/annotations/measures'
import type { Annotation, AnnotationClass, Geometry, Review } from '../../model/annotations/types'
import type { PixelSize } from '../../model/slide'

export const REVIEWS = ['draft', 'in_review', 'approved', 'rejected'] as const satisfies readonly Review[]
export const SORT_FIELDS = ['name', 'class', 'area', 'length', 'perimeter', 'author', 'changed'] as const
export type SortField = (typeof SORT_FIELDS)[number]

export interface Sort {
  field: SortField
  down: boolean
}

export interface Filter {
  words: string
  /** null: all; an empty text: those without a class. */
  classId: string | null
  review: Review | null
  layerId: string | null
}

export const NO_FILTER: Filter = { words: '', classId: null, review: null, layerId: null }

export interface Measured {
  /** In µm and µm², in pixels for a slide without a scale; null where a shape has none. */
  area: number | null
  length: number | null
  perimeter: number | null
}

export interface ObjectRow extends Measured {
  id: string
  one: Annotation
  name: string
  className: string
  colour: string | null
}

/** Shapes do not change: what was measured once of one holds as long as it exists. */
const measures = new WeakMap<Geometry, { key: string; measured: Measured }>()

export function measure(geometry: Geometry, size: PixelSize | null): Measured {
  const key = size === null ? '' : `${size.x}|${size.y}`
  const known = measures.get(geometry)
  if (known?.key === key) return known.measured
  const { area, length, perimeter } = sizesOf(geometry, size)
  const measured = { area, length, perimeter }
  measures.set(geometry, { key, measured })
  return measured
}

/** What an object is called: its own name, else what it is. */
export function nameOf({ name, geometry }: Pick<Annotation, 'name' | 'geometry'>): string {
  if (name !== '') return name
  if (geometry.kind === 'text' && geometry.text !== '') return geometry.text
  return t(`annotations.kind.${geometry.kind}`)
}

export function rowsOf(
  annotations: Iterable<Annotation>,
  classes: ReadonlyMap<string, AnnotationClass>,
  size: PixelSize | null,
): ObjectRow[] {
  const rows: ObjectRow[] = []
  for (const one of annotations) {
    const own = one.class_id === null ? undefined : classes.get(one.class_id)
    rows.push({
      id: one.annotation_id,
      one,
      name: nameOf(one),
      className: own?.name ?? '',
      colour: own?.colour ?? null,
      ...measure(one.geometry, size),
    })
  }
  return rows
}

/** Only the rows that a filter lets through. */
export function filtered(rows: readonly ObjectRow[], filter: Filter): readonly ObjectRow[] {
  const words = filter.words.trim().toLowerCase().split(/\s+/).filter((word) => word !== '')
  return rows.filter(({ one, name, className }) => {
    if (filter.classId !== null && (one.class_id ?? '') !== filter.classId) return false
    if (filter.review !== null && one.review !== filter.review) return false
    if (filter.layerId !== null && one.layer_id !== filter.layerId) return false
    if (words.length === 0) return true
    const text = `${name} ${className} ${one.author_name}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** Rows in an order; what has no value stands last whichever way. */
export function sorted(rows: readonly ObjectRow[], { field, down }: Sort): readonly ObjectRow[] {
  const sign = down ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [valueOf(a, field), valueOf(b, field)]
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a.id.localeCompare(b.id)
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : compareNames(String(x), String(y))
    return order === 0 ? a.id.localeCompare(b.id) : sign * order
  })
}

/** The ids from one row to another, both included: what a press with Shift selects. */
export function between(rows: readonly ObjectRow[], from: string | null, to: string): string[] {
  const end = rows.findIndex((row) => row.id === to)
  const begin = from === null ? end : rows.findIndex((row) => row.id === from)
  if (begin < 0 || end < 0) return [to]
  return rows.slice(Math.min(begin, end), Math.max(begin, end) + 1).map((row) => row.id)
}

export function areaText(value: number | null, size: PixelSize | null): string {
  if (value === null) return ''
  return size === null ? t('annotations.px2', { value: formatCount(value) }) : formatArea(value)
}

export function lengthText(value: number | null, size: PixelSize | null): string {
  if (value === null) return ''
  return size === null ? t('annotations.px', { value: formatCount(value) }) : formatLength(value)
}

/** The one number that says most of an object. */
export function sizeText(row: Measured, size: PixelSize | null): string {
  return row.area === null ? lengthText(row.length, size) : areaText(row.area, size)
}

function valueOf(row: ObjectRow, field: SortField): string | number | null {
  switch (field) {
    case 'name':
      return row.name
    case 'class':
      return row.className === '' ? null : row.className
    case 'author':
      return row.one.author_name
    case 'changed':
      return row.one.changed_at
    default:
      return row[field]
  }
}

/** A name for the table as a file, with nothing in it that a file system minds. */
export function csvName(slideName: string): string {
  const plain = slideName.replace(/[^\p{L}\p{N}._ -]+/gu, '_').trim()
  return `${plain === '' ? 'slide' : plain} annotations.csv`
}
