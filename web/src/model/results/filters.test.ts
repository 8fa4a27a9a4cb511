import { describe, expect, it } from 'vitest'
import { NO_CATEGORY, type Values } from './columns'
import {
  applyFilter,
  columnsOf,
  CORRECTED,
  type Filter,
  isFiltered,
  mark,
  NO_FILTER,
  SELECTED,
  showsCategory,
  SHOWN,
  withCategory,
  withRange,
} from './filters'

/** Numbers that look random and are the same each time. */
function sequence(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

const next = sequence(7)
const COUNT = 5000
const area = Float32Array.from({ length: COUNT }, (_, i) => (i % 97 === 0 ? Number.NaN : next() * 200))
const kind = Uint16Array.from({ length: COUNT }, (_, i) => (i % 31 === 0 ? NO_CATEGORY : Math.floor(next() * 4)))
const columns = new Map<string, Values>([
  ['area', area],
  ['kind', kind],
])

describe('applyFilter', () => {
  it('shows exactly the objects that pass every part', () => {
    const filter: Filter = {
      ranges: [{ column: 'area', low: 40, high: 120 }],
      categories: [{ column: 'kind', without: [1, NO_CATEGORY] }],
    }
    const flags = new Uint8Array(COUNT)
    const shown = applyFilter(flags, columns, filter)
    const expected = [...area].map((value, i) => value >= 40 && value <= 120 && kind[i] !== 1 && kind[i] !== NO_CATEGORY)
    expect([...flags].map((flag) => (flag & SHOWN) !== 0)).toEqual(expected)
    expect(shown).toBe(expected.filter(Boolean).length)
    expect(shown).toBeGreaterThan(500)
  })

  it('keeps the object at a limit that a float of 32 bits cannot hold exactly', () => {
    const values = new Map<string, Values>([['x', Float32Array.of(0.1, 0.2, 0.3)]])
    const flags = new Uint8Array(3)
    expect(applyFilter(flags, values, withRange(NO_FILTER, 'x', { low: 0.1, high: 0.2 }))).toBe(2)
  })

  it('never shows what was corrected, and keeps what is selected marked', () => {
    const flags = new Uint8Array(10)
    mark(flags, [2, 3, 99], CORRECTED)
    mark(flags, [3, 4], SELECTED)
    expect(applyFilter(flags, new Map(), NO_FILTER)).toBe(8)
    expect(flags[2]).toBe(CORRECTED)
    expect(flags[3]).toBe(CORRECTED | SELECTED)
    expect(flags[4]).toBe(SHOWN | SELECTED)
    mark(flags, [], CORRECTED)
    expect(applyFilter(flags, new Map(), NO_FILTER)).toBe(10)
    expect(flags[3]).toBe(SHOWN | SELECTED)
  })

  it('filters nothing by a column that has not come yet', () => {
    const flags = new Uint8Array(4)
    expect(applyFilter(flags, new Map(), withRange(NO_FILTER, 'area', { low: 1, high: 2 }))).toBe(4)
  })

  it('repaints a million objects well within the half second that is allowed', () => {
    const many = 1_000_000
    const values = new Map<string, Values>([['a', Float32Array.from({ length: many }, (_, i) => i % 1000)]])
    const flags = new Uint8Array(many)
    expect(applyFilter(flags, values, withRange(NO_FILTER, 'a', { low: 0, high: 249 }))).toBe(many / 4)
  })
})

describe('a filter', () => {
  it('is changed part by part', () => {
    const ranged = withRange(NO_FILTER, 'area', { low: 1, high: 2 })
    const both = withCategory(withCategory(ranged, 'kind', 1, false), 'kind', 2, false)
    expect(columnsOf(both)).toEqual(['area', 'kind'])
    expect(showsCategory(both, 'kind', 2)).toBe(false)
    expect(showsCategory(both, 'kind', 0)).toBe(true)
    const back = withCategory(withCategory(withRange(both, 'area', null), 'kind', 1, true), 'kind', 2, true)
    expect(isFiltered(back)).toBe(false)
  })
})
