import { expect, it } from 'vitest'

import { alignedCamera, apply, type Matrix } from './alignment'
import type { Camera } from './frame'
import { Registration } from './registration'

const SIZE = { width: 1000, height: 800, mpp_x: 0.5, mpp_y: 0.5 }
const TURNED: Matrix = [0, 2, -2, 0, 500, -100]
const VIEW: Camera = { x: 300, y: 200, resolution: 2, rotation: 0, mirrored: false }

function three(): Registration {
  const made = new Registration()
  made.add(1, 'a', SIZE, null)
  made.add(2, 'b', SIZE, 1)
  made.add(3, 'c', { ...SIZE, mpp_x: 1, mpp_y: 1 }, 1)
  return made
}

function expectPoint(matrix: Matrix, from: [number, number], to: [number, number]): void {
  const at = apply(matrix, { x: from[0], y: from[1] })
  expect(at.x).toBeCloseTo(to[0], 6)
  expect(at.y).toBeCloseTo(to[1], 6)
}

it('lies middle on middle until somebody clicks points', () => {
  const made = three()
  expectPoint(made.between(1, 2), [100, 100], [100, 100])
  expectPoint(made.between(2, 3), [600, 400], [550, 400])
  expect(made.tied(1, 2)).toBe(false)
})

it('goes from any pane to any other through what is known', () => {
  const made = three()
  made.learn('a', 'b', TURNED)
  made.learn('c', 'b', [1, 0, 0, 1, 7, 9])
  expectPoint(made.between(1, 2), [10, 20], [460, -80])
  expectPoint(made.between(2, 1), [460, -80], [10, 20])
  expectPoint(made.between(3, 2), [1, 1], [8, 10])
  expectPoint(made.between(1, 3), [10, 20], [453, -89])
  expect([made.tied(1, 2), made.tied(1, 3)]).toEqual([true, true])
})

it('believes the newest points where old ones contradict them', () => {
  const made = three()
  made.learn('a', 'b', TURNED)
  made.learn('b', 'c', TURNED)
  made.learn('a', 'c', [1, 0, 0, 1, 3, 3])
  expectPoint(made.between(1, 3), [5, 5], [8, 8])
})

it('ties the same slide in two panes, and a slide that is put down again', () => {
  const made = three()
  made.learn('a', 'b', TURNED)
  made.add(4, 'a', SIZE, 3)
  expectPoint(made.between(1, 4), [10, 20], [10, 20])
  made.remove(2)
  made.add(2, 'b', SIZE, 3)
  expectPoint(made.between(4, 2), [10, 20], [460, -80])
})

it('takes what two panes show for their alignment, but not against points', () => {
  const made = three()
  const shown = alignedCamera(TURNED, VIEW)
  made.trustSight(2, shown, 1, VIEW)
  expectPoint(made.between(1, 2), [10, 20], [460, -80])
  made.learn('a', 'b', [1, 0, 0, 1, 1, 1])
  made.trustSight(2, shown, 1, VIEW)
  expectPoint(made.between(1, 2), [10, 20], [11, 21])
  made.forget('a', 'b')
  expectPoint(made.between(1, 2), [10, 20], [11, 21])
  made.trustSight(2, shown, 1, VIEW)
  expectPoint(made.between(1, 2), [10, 20], [460, -80])
})

it('moves a whole group when one of it is turned against a stranger', () => {
  const made = three()
  made.learn('a', 'b', TURNED)
  made.trustSight(2, VIEW, 3, VIEW)
  expectPoint(made.between(2, 3), [42, 43], [42, 43])
  expectPoint(made.between(1, 2), [10, 20], [460, -80])
})
