import { describe, expect, it } from 'vitest'

import {
  alignedCamera,
  alignmentByCentre,
  alignmentBySight,
  alignmentFrom,
  apply,
  compose,
  IDENTITY,
  inverse,
  isAlignment,
  type Matrix,
  mirrors,
  misfit,
  type PointPair,
  scaleOf,
} from './alignment'
import { type Camera, slideToScreen } from './frame'

/** Numbers that are random and the same in every run. */
function numbers(seed: number): (low: number, high: number) => number {
  let state = seed
  return (low, high) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39) >>> 0
    return low + (mixed / 2 ** 32) * (high - low)
  }
}

function similarity(angle: number, scale: number, mirrored: boolean, e: number, f: number): Matrix {
  const a = Math.cos(angle) * scale
  const b = Math.sin(angle) * scale
  return mirrored ? [a, b, b, -a, e, f] : [a, b, -b, a, e, f]
}

const random = numbers(7)
const CASES = Array.from({ length: 200 }, () => ({
  mirrored: random(0, 1) < 0.5,
  angle: random(-Math.PI, Math.PI),
  scale: 2 ** random(-3, 3),
  e: random(-1e5, 1e5),
  f: random(-1e5, 1e5),
}))
const truth = ({ angle, scale, mirrored, e, f }: (typeof CASES)[number]) => similarity(angle, scale, mirrored, e, f)
const point = () => ({ x: random(0, 1e5), y: random(0, 1e5) })
const near = (a: number, b: number, within: number) => expect(Math.abs(a - b)).toBeLessThan(within)

function pairOf(matrix: Matrix, noise = 0): PointPair {
  const at = point()
  const to = apply(matrix, at)
  return [at.x, at.y, to.x + random(-noise, noise), to.y + random(-noise, noise)]
}

function expectSame(found: Matrix | null, matrix: Matrix, within: number): void {
  expect(found).not.toBeNull()
  for (let i = 0; i < 5; i++) {
    const at = point()
    const a = apply(found ?? IDENTITY, at)
    const b = apply(matrix, at)
    near(a.x, b.x, within)
    near(a.y, b.y, within)
  }
}

describe('matrices', () => {
  it('go there and back', () => {
    for (const one of CASES) {
      const matrix = truth(one)
      expectSame(compose(inverse(matrix), matrix), IDENTITY, 1e-4)
      expectSame(compose(matrix, inverse(matrix)), IDENTITY, 1e-4)
      near(scaleOf(matrix), one.scale, 1e-9)
      expect(mirrors(matrix)).toBe(one.mirrored)
      expect(isAlignment(matrix)).toBe(true)
    }
  })

  it('are refused when they shear, are flat or are no numbers', () => {
    expect(isAlignment([1, 0, 0.2, 1, 0, 0])).toBe(false)
    expect(isAlignment([1, 0, 0, 2, 0, 0])).toBe(false)
    expect(isAlignment([0, 0, 0, 0, 5, 5])).toBe(false)
    expect(isAlignment([1, 0, 0, NaN, 0, 0])).toBe(false)
    expect(isAlignment([1, 0, 0, 1])).toBe(false)
  })
})

describe('alignmentFrom', () => {
  it('finds any similarity from two exact pairs, told which way round', () => {
    for (const one of CASES) {
      const matrix = truth(one)
      expectSame(alignmentFrom([pairOf(matrix), pairOf(matrix)], one.mirrored), matrix, 1)
    }
  })

  it('finds the mirror by itself from three exact pairs', () => {
    for (const one of CASES) {
      const matrix = truth(one)
      const pairs = [pairOf(matrix), pairOf(matrix), pairOf(matrix)]
      expectSame(alignmentFrom(pairs, false), matrix, 1)
      expectSame(alignmentFrom(pairs, true), matrix, 1)
    }
  })

  it('keeps the told way when three points lie on a line', () => {
    const matrix = similarity(0.4, 1.5, true, 10, 20)
    const line = [0, 0.3, 1].map((t): PointPair => {
      const at = { x: 100 + 900 * t, y: 50 + 400 * t }
      const to = apply(matrix, at)
      return [at.x, at.y, to.x, to.y]
    })
    expect(mirrors(alignmentFrom(line, true) ?? IDENTITY)).toBe(true)
    expect(mirrors(alignmentFrom(line, false) ?? IDENTITY)).toBe(false)
  })

  it('is a least-squares fit: no alignment near it is better', () => {
    for (const one of CASES.slice(0, 50)) {
      const matrix = truth(one)
      const pairs = [1, 2, 3, 4].map(() => pairOf(matrix, 300 * one.scale))
      const found = alignmentFrom(pairs, one.mirrored) ?? IDENTITY
      const best = misfit(found, pairs)
      expect(best).toBeLessThanOrEqual(misfit(matrix, pairs) + 1e-6)
      for (const [turn, grow, dx, dy] of [[1e-3, 1, 0, 0], [-1e-3, 1, 0, 0], [0, 1.001, 0, 0], [0, 0.999, 0, 0], [0, 1, 20, 0], [0, 1, 0, -20]] as const)
        expect(misfit(compose(similarity(turn, grow, false, dx, dy), found), pairs)).toBeGreaterThan(best)
      expect(isAlignment(found)).toBe(true)
    }
  })

  it('refuses points that say nothing', () => {
    expect(alignmentFrom([], false)).toBeNull()
    expect(alignmentFrom([[1, 2, 3, 4]], false)).toBeNull()
    expect(alignmentFrom([[5, 5, 1, 1], [5, 5, 9, 9]], false)).toBeNull()
    expect(alignmentFrom([[1, 1, 5, 5], [9, 9, 5, 5]], false)).toBeNull()
  })
})

const VIEWPORT = { width: 801, height: 602 }
const camera = (): Camera => ({
  ...point(),
  resolution: 2 ** random(-2, 5),
  rotation: random(-Math.PI, Math.PI),
  mirrored: random(0, 1) < 0.5,
})

describe('aligned views', () => {
  it('show corresponding points at the same place of the screen', () => {
    for (const one of CASES) {
      const matrix = truth(one)
      const from = camera()
      const to = alignedCamera(matrix, from)
      for (let i = 0; i < 3; i++) {
        const at = { x: from.x + random(-200, 200) * from.resolution, y: from.y + random(-200, 200) * from.resolution }
        const here = slideToScreen(at, from, VIEWPORT)
        const there = slideToScreen(apply(matrix, at), to, VIEWPORT)
        near(here.x, there.x, 1e-3)
        near(here.y, there.y, 1e-3)
      }
    }
  })

  it('say by themselves how the slides lie on each other', () => {
    for (const one of CASES) {
      const matrix = truth(one)
      const from = camera()
      expectSame(alignmentBySight(from, alignedCamera(matrix, from)), matrix, 1)
    }
  })
})

describe('alignmentByCentre', () => {
  it('puts middle on middle at the same size in micrometres', () => {
    const from = { width: 1000, height: 500, mpp_x: 0.25, mpp_y: 0.25 }
    const to = { width: 400, height: 600, mpp_x: 0.5, mpp_y: 0.5 }
    const matrix = alignmentByCentre(from, to)
    expect(apply(matrix, { x: 500, y: 250 })).toEqual({ x: 200, y: 300 })
    // 100 pixels of 0.25 µm are 50 of 0.5 µm.
    expect(apply(matrix, { x: 600, y: 250 })).toEqual({ x: 250, y: 300 })
  })

  it('shows the same share of slides whose pixel size nobody knows', () => {
    const from = { width: 1000, height: 500, mpp_x: null, mpp_y: null }
    const matrix = alignmentByCentre(from, { width: 2000, height: 600, mpp_x: 0.5, mpp_y: 0.5 })
    expect(scaleOf(matrix)).toBe(2)
  })
})
