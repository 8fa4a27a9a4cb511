/** The table of objects as a file, and its sums. */
import type { Layer } from '../../model/annotations/types'
import type { PixelSize } from '../../model/slide'
import type { ObjectRow } from './objects'

export interface Total {
  className: string
  count: number
  area: number
}

/** Counts and areas for each class, most frequent first. */
export function totalsOf(rows: readonly ObjectRow[]): readonly Total[] {
  const totals = new Map<string, Total>()
  for (const { className, area } of rows) {
    const total = totals.get(className) ?? { className, count: 0, area: 0 }
    totals.set(className, { className, count: total.count + 1, area: total.area + (area ?? 0) })
  }
  return [...totals.values()].sort((a, b) => b.count - a.count || a.className.localeCompare(b.className))
}

/** A CSV table: units in the names of columns, numbers with a point, times as ISO 8601 says. */
export function tableOf(rows: readonly ObjectRow[], layers: ReadonlyMap<string, Layer>, size: PixelSize | null): string {
  const unit = size === null ? 'px' : 'um'
  const measurements = [...new Set(rows.flatMap(({ one }) => Object.keys(one.measurements)))].sort()
  const properties = [...new Set(rows.flatMap(({ one }) => Object.keys(one.properties)))].sort()
  const head = [
    'annotation_id',
    'name',
    'class',
    'kind',
    'object_type',
    'layer',
    `area_${unit}2`,
    `length_${unit}`,
    `perimeter_${unit}`,
    'author',
    'created_at',
    'changed_at',
    'review',
    ...properties.map((name) => `property ${name}`),
    ...measurements,
  ]
  const lines = rows.map(({ id, one, name, className, area, length, perimeter }) => [
    id,
    name,
    className,
    one.geometry.kind,
    one.object_type,
    layers.get(one.layer_id)?.name ?? '',
    area,
    length,
    perimeter,
    one.author_name,
    one.created_at,
    one.changed_at,
    one.review,
    ...properties.map((key) => one.properties[key]),
    ...measurements.map((key) => one.measurements[key]),
  ])
  return [head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n'
}

/** A name for the file, with nothing in it that a file system minds. */
export function csvName(slideName: string): string {
  const plain = slideName.replace(/[^\p{L}\p{N}._ -]+/gu, '_').trim()
  return `${plain === '' ? 'slide' : plain} annotations.csv`
}

/** One cell: a text that a table program would take for a formula begins with an apostrophe (OWASP, CSV injection). */
function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
