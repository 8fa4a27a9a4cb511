import { expect, test } from 'vitest'

import { NO_PICKS, keepPicks, pickAll, pickRange, togglePick } from './picks'

const order = ['a', 'b', 'c', 'd', 'e']
const marked = (picks: { ids: ReadonlySet<string> }): string => [...picks.ids].sort().join('')

test('a second toggle takes the mark away and keeps the anchor there', () => {
  const one = togglePick(NO_PICKS, 'b')
  expect(marked(one)).toBe('b')
  const two = togglePick(togglePick(one, 'd'), 'b')
  expect(marked(two)).toBe('d')
  expect(two.anchor).toBe('b')
})

test('a range runs from the anchor in either direction, and a new end moves it', () => {
  const from = togglePick(NO_PICKS, 'c')
  const down = pickRange(from, order, 'e')
  expect(marked(down)).toBe('cde')
  expect(marked(pickRange(down, order, 'a'))).toBe('abc')
})

test('without an anchor a range begins at the focused slide, else at its own end', () => {
  expect(marked(pickRange(NO_PICKS, order, 'd', 'b'))).toBe('bcd')
  expect(marked(pickRange(NO_PICKS, order, 'd'))).toBe('d')
  expect(marked(pickRange({ ids: new Set(), anchor: 'gone' }, order, 'b', 'c'))).toBe('bc')
  expect(pickRange(NO_PICKS, order, 'unknown')).toBe(NO_PICKS)
})

test('all are marked, and those that left the list are not any more', () => {
  const all = pickAll(order)
  expect(all.ids.size).toBe(5)
  expect(marked(keepPicks(all, new Set(['b', 'e'])))).toBe('be')
  expect(keepPicks(all, new Set(order))).toBe(all)
})
