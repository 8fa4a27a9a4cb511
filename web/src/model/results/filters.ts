/** Which objects of a result layer are shown. Everything is exact and over all objects, whatever is on the screen. */
import { NO_CATEGORY, type Values } from './columns'

/** Objects of the column whose value lies outside are left out, and those without a value. */
export interface RangeFilter {
  readonly column: string
  readonly low: number
  readonly high: number
}

/** Objects of these categories are left out; `NO_CATEGORY` stands for those without one. */
export interface CategoryFilter {
  readonly column: string
  readonly without: readonly number[]
}

export interface Filter {
  readonly ranges: readonly RangeFilter[]
  readonly categories: readonly CategoryFilter[]
}

export const NO_FILTER: Filter = { ranges: [], categories: [] }

/** What is true of one object; a byte holds them. */
export const SHOWN = 1
export const SELECTED = 2
/** A correction stands in its place. */
export const CORRECTED = 4

export function isFiltered(filter: Filter): boolean {
  return filter.ranges.length > 0 || filter.categories.length > 0
}

/** The columns that a filter reads. */
export function columnsOf(filter: Filter): string[] {
  return [...new Set([...filter.ranges, ...filter.categories].map((one) => one.column))]
}

/** The filter with another range of one column; null takes the range away. */
export function withRange(filter: Filter, column: string, range: { low: number; high: number } | null): Filter {
  const ranges = filter.ranges.filter((one) => one.column !== column)
  return { ...filter, ranges: range === null ? ranges : [...ranges, { column, ...range }] }
}

/** The filter with one category shown or left out. */
export function withCategory(filter: Filter, column: string, code: number, shown: boolean): Filter {
  const before = filter.categories.find((one) => one.column === column)?.without ?? []
  const without = before.filter((one) => one !== code)
  if (!shown) without.push(code)
  const categories = filter.categories.filter((one) => one.column !== column)
  return { ...filter, categories: without.length === 0 ? categories : [...categories, { column, without }] }
}

/** Whether the objects of a category are shown. */
export function showsCategory(filter: Filter, column: string, code: number): boolean {
  return filter.categories.find((one) => one.column === column)?.without.includes(code) !== true
}

/**
 * Set `SHOWN` of every object that passes; gives how many do. A column that has not come yet filters nothing.
 * Corrected objects are never shown.
 */
export function applyFilter(flags: Uint8Array, columns: ReadonlyMap<string, Values>, filter: Filter): number {
  const count = flags.length
  for (let i = 0; i < count; i++) {
    const flag = flags[i] as number
    flags[i] = (flag & CORRECTED) === 0 ? flag | SHOWN : flag & ~SHOWN
  }
  for (const { column, low, high } of filter.ranges) {
    const values = columns.get(column)
    if (values === undefined) continue
    // The values are floats of 32 bits: a limit between two of them must not cut off the nearest one.
    const least = Math.fround(low)
    const most = Math.fround(high)
    for (let i = 0; i < count; i++) {
      const value = values[i] as number
      if (!(value >= least && value <= most)) flags[i] = (flags[i] as number) & ~SHOWN
    }
  }
  for (const { column, without } of filter.categories) {
    const values = columns.get(column)
    if (values === undefined) continue
    const hidden = new Uint8Array(NO_CATEGORY + 1)
    for (const code of without) hidden[code] = 1
    for (let i = 0; i < count; i++) if (hidden[values[i] as number] === 1) flags[i] = (flags[i] as number) & ~SHOWN
  }
  let shown = 0
  for (let i = 0; i < count; i++) shown += (flags[i] as number) & SHOWN
  return shown
}

/** Mark exactly these objects with `flag`. */
export function mark(flags: Uint8Array, numbers: ArrayLike<number>, flag: number): void {
  for (let i = 0; i < flags.length; i++) flags[i] = (flags[i] as number) & ~flag
  for (let i = 0; i < numbers.length; i++) {
    const at = numbers[i] as number
    if (at < flags.length) flags[at] = (flags[at] as number) | flag
  }
}
