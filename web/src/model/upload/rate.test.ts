import { expect, it } from 'vitest'

import { Rate } from './rate'

it('says bytes a second over the last ten seconds', () => {
  let now = 0
  const rate = new Rate(() => now)
  expect(rate.at(0)).toBeNull()
  now = 1000
  expect(rate.at(5000)).toBe(5000)
  for (now = 2000; now <= 20_000; now += 1000) rate.at(5000 + (now - 1000))
  expect(rate.at(5000 + 20_000)).toBeCloseTo(1000, -1)
})
