/** The columns that every table of slides can show, in the order of the menu. */
export const COLUMN_IDS = [
  'case',
  'part',
  'block',
  'stain',
  'stain_kind',
  'label_text',
  'tags',
  'rating',
  'state',
  'format',
  'objective',
  'mpp',
  'dimensions',
  'size',
  'scanned',
  'added',
] as const
export type BuiltIn = (typeof COLUMN_IDS)[number]

/** A column is built in, or shows one field of the project's schema. */
export type ColumnId = BuiltIn | `field:${string}`

export const DEFAULT_COLUMNS: readonly ColumnId[] = ['case', 'block', 'stain', 'tags', 'rating', 'format', 'size']

const FIELD = 'field:'

export function fieldColumn(key: string): ColumnId {
  return `field:${key}`
}

/** The key of the field that a column shows; null for a built-in column. */
export function fieldOf(column: string): string | null {
  return column.startsWith(FIELD) && column.length > FIELD.length ? column.slice(FIELD.length) : null
}

/** The columns among what was stored or sent; unknown and repeated ones are left out. */
export function readColumns(stored: readonly unknown[]): ColumnId[] {
  const known = new Set<string>(COLUMN_IDS)
  const columns = stored.filter(
    (one): one is ColumnId => typeof one === 'string' && (known.has(one) || fieldOf(one) !== null),
  )
  return [...new Set(columns)]
}

/** Every column that can be chosen: the shown ones in their order, then the others. */
export function columnChoices(shown: readonly ColumnId[], fieldKeys: readonly string[]): ColumnId[] {
  return [...new Set([...shown, ...COLUMN_IDS, ...fieldKeys.map(fieldColumn)])]
}

export function toggleColumn(shown: readonly ColumnId[], column: ColumnId): ColumnId[] {
  return shown.includes(column) ? shown.filter((one) => one !== column) : [...shown, column]
}

/** Move a shown column by some places; it stops at either end. */
export function moveColumn(shown: readonly ColumnId[], column: ColumnId, by: number): ColumnId[] {
  const at = shown.indexOf(column)
  if (at < 0) return [...shown]
  const rest = shown.filter((one) => one !== column)
  rest.splice(Math.max(0, Math.min(rest.length, at + by)), 0, column)
  return rest
}
