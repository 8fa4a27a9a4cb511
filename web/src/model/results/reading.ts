/** What the server says of a layer, as the browser works with it. */
import type { ResultOut } from '../../api/results'
import { type Colouring, paletteColour } from './colouring'
import { type Category, CLASS_COLUMN, type Column, type ResultInfo } from './columns'

export function readResult(said: ResultOut): ResultInfo {
  const columns = said.columns.map(
    (column): Column =>
      column.kind === 'number'
        ? { name: column.name, kind: 'number', min: column.min, max: column.max }
        : { name: column.name, kind: 'category', categories: (column.categories ?? []).map((name) => ({ name, colour: null })) },
  )
  if (said.classes.length > 0) columns.unshift({ name: CLASS_COLUMN, kind: 'category', categories: said.classes })
  return { ...said, levels: [...said.levels].sort((a, b) => a.z - b.z), columns }
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
