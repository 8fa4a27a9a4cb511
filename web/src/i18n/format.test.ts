import { expect, test } from 'vitest'

import {
  compareNames,
  formatArea,
  formatBytes,
  formatDeadline,
  formatDimensions,
  formatDuration,
  formatLength,
  formatObjective,
  formatPixelSize,
  formatSince,
} from './format'
import { readerLocale } from './locale'

test('lengths are micrometres below a millimetre, then millimetres', () => {
  expect(formatLength(0.5)).toBe('0.50 µm')
  expect(formatLength(12.34)).toBe('12.3 µm')
  expect(formatLength(999.4)).toBe('999 µm')
  expect(formatLength(1000)).toBe('1.00 mm')
  expect(formatLength(25_400)).toBe('25.4 mm')
})

test('areas are square micrometres below a hundredth of a square millimetre', () => {
  expect(formatArea(9_999)).toBe('9,999 µm²')
  expect(formatArea(10_000)).toBe('0.01 mm²')
  expect(formatArea(2_500_000)).toBe('2.50 mm²')
})

test('bytes are decimal, as disks are sold', () => {
  expect(formatBytes(0)).toBe('0 bytes')
  expect(formatBytes(299)).toBe('299 bytes')
  expect(formatBytes(1_938_955)).toBe('1.9 MB')
  expect(formatBytes(177_552_579)).toBe('178 MB')
  expect(formatBytes(5 * 10 ** 15)).toBe('5,000 TB')
})

test('a pixel has one size unless x and y really differ', () => {
  expect(formatPixelSize(0.499, 0.499)).toBe('0.499 µm/px')
  expect(formatPixelSize(0.25, 0.2502)).toBe('0.25 µm/px')
  expect(formatPixelSize(0.25, 0.5)).toBe('0.25 × 0.5 µm/px')
})

test('an objective that was derived carries a wave', () => {
  expect(formatObjective(20)).toBe('20x')
  expect(formatObjective(40, true)).toBe('≈40x')
  expect(formatObjective(0.75)).toBe('0.8x')
})

test('what is left to wait is rounded up to a whole unit', () => {
  expect(formatDuration(0.2)).toBe('1 second')
  expect(formatDuration(59)).toBe('59 seconds')
  expect(formatDuration(61)).toBe('2 minutes')
  expect(formatDuration(5400)).toBe('2 hours')
})

test('since when: the time alone on the same day, with the date on another', () => {
  const noon = new Date(2026, 2, 4, 12, 0)
  expect(formatSince(new Date(2026, 2, 4, 9, 5).toISOString(), noon)).toMatch(/^9:05/)
  expect(formatSince(new Date(2026, 2, 3, 9, 5).toISOString(), noon)).toContain('Mar 3, 2026')
})

test('when something ends is said with the time zone', () => {
  const said = formatDeadline(new Date(2026, 10, 12, 14, 0).toISOString())
  const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts().find((part) => part.type === 'timeZoneName')
  for (const part of ['12', 'Nov', '2026', zone?.value ?? '?']) expect(said).toContain(part)
})

test('dimensions carry a true multiplication sign', () => {
  expect(formatDimensions(100_000, 80_000)).toBe('100,000 × 80,000 px')
})

test('names sort by the value of their numbers, in any case', () => {
  expect(['slide 10', 'Slide 9', 'slide 1'].sort(compareNames)).toEqual(['slide 1', 'Slide 9', 'slide 10'])
})

test('the locale is the kind of English that the browser asks for', () => {
  expect(readerLocale(['de-DE', 'en-GB'])).toBe('en-GB')
  expect(readerLocale(['fr', 'it'])).toBe('en')
})
