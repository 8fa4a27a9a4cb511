/** What the server says of a layer, as the browser works with it. */
import type { ResultOut } from '../../api/results'
import { type Colouring, paletteColour } from './colouring'
import type { Category, Column, ResultInfo } from './columns'

/** The name under which the classes of objects are a column like any other. */
export const CLASS_COLUMN = 'class'

export function readResult(said: ResultOut): ResultInfo {
  const columns = said.columns.flatMap((column): Column[] => {
    if (column.kind === 'number') return [{ name: column.name, kind: 'number', min: column.min ?? null, max: column.max ?? null }]
    // Texts are kept and exported; there is nothing to filter or to colour by.
    if (column.kind !== 'category') return []
    return [{ name: column.name, kind: 'category', categories: (column.categories ?? []).map(readCategory) }]
  })
  const levels = [...said.levels].sort((a, b) => a.z - b.z)
  return { ...said, levels, columns }
}

function readCategory(said: string | { name: string; colour?: string | null }): Category {
  return typeof said === 'string' ? { name: said, colour: null } : { name: said.name, colour: said.colour ?? null }
}

/** The colours of categories: their own, or ones that can be told apart. */
export function coloursOf(categories: readonly Category[]): string[] {
  return categories.map(({ colour }, i) => colour ?? paletteColour(i))
}

/** The colouring that a column starts with: a category by its colours, a measurement over its whole range. */
export function colouringOf(column: Column): Colouring {
  if (column.kind === 'category') return { kind: 'category', column: column.name, colours: coloursOf(column.categories) }
  return { kind: 'number', column: column.name, low: column.min ?? 0, high: column.max ?? 0, map: 'viridis' }
}
