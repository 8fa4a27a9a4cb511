/** Sizes of annotations as a table: to sort, to sum up by class, to take away as CSV. */
import { t } from '../../i18n'
import type { PixelSize } from '../slide'
import { area, centroid, isArea, length, perimeter } from './shapes'
import type { Annotation, AnnotationClass, Geometry, Layer } from './types'

export interface MeasureRow {
  readonly annotation: Annotation
  readonly class_name: string
  readonly layer_name: string
  /** In micrometres where the slide's pixel size is known, else in pixels. */
  readonly x: number
  readonly y: number
  /** Null where the shape has none. */
  readonly area: number | null
  readonly length: number | null
  readonly perimeter: number | null
  readonly points: number | null
}

export type SortKey = 'name' | 'class_name' | 'layer_name' | 'author' | 'created' | 'shape' | 'x' | 'y' | 'area' | 'length' | 'perimeter' | 'points'

export interface Named {
  readonly classes: ReadonlyMap<string, AnnotationClass>
  readonly layers: ReadonlyMap<string, Layer>
}

/** Sizes of one shape, for a label beside it while it is drawn. */
export function sizesOf(geometry: Geometry, size: PixelSize | null): Pick<MeasureRow, 'area' | 'length' | 'perimeter' | 'points'> {
  const unit = size ?? { x: 1, y: 1 }
  const filled = isArea(geometry)
  const drawn = geometry.kind === 'line' || geometry.kind === 'arrow' || geometry.kind === 'polyline'
  return {
    area: filled ? area(geometry, unit) : null,
    perimeter: filled ? perimeter(geometry, unit) : null,
    length: drawn ? length(geometry, unit) : null,
    points: geometry.kind === 'multipoint' ? geometry.points.length : geometry.kind === 'point' ? 1 : null,
  }
}

/** Rows by annotation: one that has not changed keeps its row, so that drawing beside 10,000 others stays quick. */
const known = new WeakMap<Annotation, { readonly row: MeasureRow; readonly size: PixelSize | null }>()

export function rowOf(annotation: Annotation, { classes, layers }: Named, size: PixelSize | null): MeasureRow {
  const class_name = annotation.class_id === null ? '' : (classes.get(annotation.class_id)?.name ?? annotation.class_id)
  const layer_name = layers.get(annotation.layer_id)?.name ?? ''
  const held = known.get(annotation)
  const samePixels = held !== undefined && held.size?.x === size?.x && held.size?.y === size?.y
  if (samePixels && held.row.class_name === class_name && held.row.layer_name === layer_name) return held.row
  const [x, y] = centroid(annotation.geometry)
  const row = {
    annotation,
    class_name,
    layer_name,
    x: x * (size?.x ?? 1),
    y: y * (size?.y ?? 1),
    ...sizesOf(annotation.geometry, size),
  }
  known.set(annotation, { row, size })
  return row
}

export function rowsOf(annotations: Iterable<Annotation>, named: Named, size: PixelSize | null): MeasureRow[] {
  return Array.from(annotations, (one) => rowOf(one, named, size))
}

const VALUES: Readonly<Record<SortKey, (row: MeasureRow) => string | number | null>> = {
  name: ({ annotation }) => annotation.name,
  class_name: (row) => row.class_name,
  layer_name: (row) => row.layer_name,
  author: ({ annotation }) => annotation.author_name,
  created: ({ annotation }) => annotation.created_at,
  shape: ({ annotation }) => annotation.geometry.kind,
  x: (row) => row.x,
  y: (row) => row.y,
  area: (row) => row.area,
  length: (row) => row.length,
  perimeter: (row) => row.perimeter,
  points: (row) => row.points,
}

const words = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Sorted by a column; what has no value there stands at the end either way. */
export function sorted(rows: readonly MeasureRow[], key: SortKey, descending = false): MeasureRow[] {
  const value = VALUES[key]
  const sign = descending ? -1 : 1
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)]
    if (a === null || b === null) return Number(a === null) - Number(b === null)
    return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : words.compare(String(a), String(b)))
  })
}

export interface ClassCount {
  readonly class_id: string | null
  readonly name: string
  /** Points of a multipoint count one each, everything else once. */
  readonly count: number
  readonly area: number
}

/** How many there are of each class, the most frequent first. */
export function countsByClass(rows: Iterable<MeasureRow>): ClassCount[] {
  const counts = new Map<string | null, ClassCount>()
  for (const { annotation, class_name, area: covered, points } of rows) {
    const { class_id } = annotation
    const before = counts.get(class_id) ?? { class_id, name: class_name || t('annotated.noClass'), count: 0, area: 0 }
    counts.set(class_id, { ...before, count: before.count + (points ?? 1), area: before.area + (covered ?? 0) })
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || words.compare(a.name, b.name))
}

/** The table as CSV (RFC 4180), with the unit in the name of each column and ISO times. */
export function measuresCsv(rows: readonly MeasureRow[], size: PixelSize | null): string {
  const unit = size === null ? 'px' : 'µm'
  const extra = [...new Set(rows.flatMap(({ annotation }) => Object.keys(annotation.measurements)))].sort(words.compare)
  const head = [
    ...(['id', 'name', 'class', 'shape', 'layer', 'author', 'created', 'changed', 'review'] as const).map((key) => t(`annotated.column.${key}`)),
    ...(['x', 'y', 'area', 'length', 'perimeter'] as const).map((key) => t(`annotated.column.${key}`, { unit })),
    t('annotated.column.points'),
    ...extra,
  ]
  const lines = rows.map(({ annotation: one, class_name, layer_name, x, y, area: a, length: l, perimeter: p, points }) => [
    one.annotation_id,
    one.name,
    class_name,
    one.geometry.kind,
    layer_name,
    one.author_name,
    new Date(one.created_at).toISOString(),
    new Date(one.changed_at).toISOString(),
    one.review,
    x,
    y,
    a,
    l,
    p,
    points,
    ...extra.map((key) => one.measurements[key] ?? null),
  ])
  return csv([head, ...lines])
}

/** Rows as CSV. Text that a spreadsheet would take for a formula is told to be text (OWASP, CSV injection). */
export function csv(rows: readonly (readonly (string | number | null)[])[]): string {
  return `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(Math.round(value * 1e4) / 1e4) : ''
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
