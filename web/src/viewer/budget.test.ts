import { expect, it } from 'vitest'
import { cacheBytes, MOST_BYTES } from './budget'
import { afterRelease, loupeSide } from './magnifier'

it('never keeps more than 256 MB, and less on small devices', () => {
  expect(MOST_BYTES).toBe(256 * 2 ** 20)
  expect(cacheBytes(undefined, false)).toBe(MOST_BYTES)
  expect(cacheBytes(32, false)).toBe(MOST_BYTES)
  expect(cacheBytes(4, true)).toBe(MOST_BYTES / 2)
  expect(cacheBytes(undefined, true)).toBe(MOST_BYTES / 2)
  expect(cacheBytes(2, true)).toBe(MOST_BYTES / 4)
  expect(cacheBytes(0.5, true)).toBe(MOST_BYTES / 8)
})

it('the magnifier stays after a tap and goes after a hold', () => {
  expect(afterRelease(false, 120)).toBe(true)
  expect(afterRelease(true, 120)).toBe(false)
  expect(afterRelease(false, 900)).toBe(false)
  expect(afterRelease(true, 900)).toBe(false)
  expect(loupeSide({ width: 1440, height: 800 })).toBe(300)
  expect(loupeSide({ width: 390, height: 600 })).toBe(234)
})
