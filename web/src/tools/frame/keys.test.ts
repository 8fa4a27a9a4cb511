import { expect, test } from 'vitest'

import { afterArrow, isArrow, middleOf } from './keys'

const UPRIGHT = { x: 500, y: 400, resolution: 2, rotation: 0, mirrored: false }
const START = { left: 100, top: 100, right: 300, bottom: 200 }

function rounded(region: typeof START): number[] {
  return [region.left, region.top, region.right, region.bottom].map((side) => Math.round(side))
}

test('the first rectangle is the middle half of what is shown', () => {
  expect(middleOf({ left: 0, top: 100, right: 400, bottom: 300 })).toEqual({ left: 100, top: 150, right: 300, bottom: 250 })
})

test('arrows move it by screen pixels', () => {
  expect(rounded(afterArrow(START, 'ArrowRight', false, UPRIGHT))).toEqual([120, 100, 320, 200])
  expect(rounded(afterArrow(START, 'ArrowUp', false, UPRIGHT))).toEqual([100, 80, 300, 180])
  expect(isArrow('ArrowUp')).toBe(true)
  expect(isArrow('Enter')).toBe(false)
})

test('Shift with arrows moves the right and the lower edge, never through the other', () => {
  expect(rounded(afterArrow(START, 'ArrowRight', true, UPRIGHT))).toEqual([100, 100, 320, 200])
  expect(rounded(afterArrow(START, 'ArrowUp', true, UPRIGHT))).toEqual([100, 100, 300, 180])
  let small = START
  for (let press = 0; press < 50; press += 1) small = afterArrow(small, 'ArrowLeft', true, UPRIGHT)
  expect(rounded(small)).toEqual([100, 100, 120, 200])
})

test.each([
  ['turned by a quarter', { rotation: Math.PI / 2, mirrored: false }, [100, 80, 300, 180], [100, 80, 300, 200]],
  ['turned by half', { rotation: Math.PI, mirrored: false }, [80, 100, 280, 200], [80, 100, 300, 200]],
  ['mirrored', { rotation: 0, mirrored: true }, [80, 100, 280, 200], [80, 100, 300, 200]],
])('right is right on the screen of a slide %s', (_, turned, moved, wider) => {
  const camera = { ...UPRIGHT, ...turned }
  expect(rounded(afterArrow(START, 'ArrowRight', false, camera))).toEqual(moved)
  expect(rounded(afterArrow(START, 'ArrowRight', true, camera))).toEqual(wider)
})
