import { expect, test } from 'vitest'

import { columnsThatFit, itemMove, rowWindow, scrollToShow } from './window'

test('only rows in sight and a margin are drawn', () => {
  expect(rowWindow(100_000, 50, 0, 500)).toEqual({ first: 0, end: 13 })
  expect(rowWindow(100_000, 50, 2_500_000, 500)).toEqual({ first: 49_997, end: 50_013 })
  expect(rowWindow(100_000, 50, 99_999_999, 500)).toEqual({ first: 99_996, end: 100_000 })
  expect(rowWindow(0, 50, 0, 500)).toEqual({ first: 0, end: 0 })
})

test('scrolling to a row moves no further than needed', () => {
  expect(scrollToShow(5, 50, 0, 500)).toBe(0)
  expect(scrollToShow(10, 50, 0, 500)).toBe(50)
  expect(scrollToShow(1, 50, 400, 500)).toBe(50)
})

test('columns share the width that is left after the gaps', () => {
  expect(columnsThatFit(1000, 200, 16)).toEqual({ columns: 4, columnWidth: 238 })
  expect(columnsThatFit(100, 200, 16)).toEqual({ columns: 1, columnWidth: 100 })
})

test('arrows move through a grid of 4 columns and stay inside it', () => {
  const move = (key: string, at: number) => itemMove(key, at, 10, 4, 2)
  expect(move('ArrowRight', 3)).toBe(4)
  expect(move('ArrowLeft', 0)).toBe(0)
  expect(move('ArrowDown', 1)).toBe(5)
  expect(move('ArrowDown', 7)).toBe(9) // the last row is shorter
  expect(move('ArrowDown', 8)).toBe(8)
  expect(move('ArrowUp', 2)).toBe(2)
  expect(move('PageDown', 1)).toBe(9)
  expect(move('PageUp', 9)).toBe(1)
  expect(move('Home', 7)).toBe(0)
  expect(move('End', 0)).toBe(9)
  expect(move('a', 0)).toBeNull()
})

test('the first key selects the first item, End the last', () => {
  expect(itemMove('ArrowDown', -1, 10, 4, 2)).toBe(0)
  expect(itemMove('End', -1, 10, 4, 2)).toBe(9)
  expect(itemMove('x', -1, 10, 4, 2)).toBeNull()
  expect(itemMove('ArrowDown', -1, 0, 4, 2)).toBeNull()
})
