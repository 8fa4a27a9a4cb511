import { describe, expect, it } from 'vitest'

import { difference, fillHoles, intersection, separate, splitByLine, union } from './booleans'
import { area, buffer, isArea, roundGeometry, toPolygons } from './shapes'
import type { Geometry, Position } from './types'

const square = (x: number, y: number, side: number): Geometry => ({ kind: 'rectangle', x, y, width: side, height: side, rotation: 0 })
const size = (geometry: Geometry | null): number => (geometry === null ? 0 : area(geometry))

describe('booleans', () => {
  it('have the areas of the sets they stand for', () => {
    const [a, b] = [square(0, 0, 100), square(50, 50, 100)]
    expect(size(union(a, b))).toBe(17_500)
    expect(size(intersection(a, b))).toBe(2_500)
    expect(size(difference(a, b))).toBe(7_500)
    expect(difference(a, square(-1, -1, 200))).toBeNull()
    expect(intersection(a, square(500, 500, 10))).toBeNull()
  })

  it('hold for circles: |A| + |B| = |A or B| + |A and B|', () => {
    const circle = (cx: number): Geometry => ({ kind: 'ellipse', cx, cy: 0, rx: 100, ry: 100, rotation: 0 })
    const polygon = (geometry: Geometry): Geometry => ({ kind: 'multipolygon', polygons: toPolygons(geometry) })
    const [a, b] = [polygon(circle(0)), polygon(circle(120))]
    expect(size(union(a, b)) + size(intersection(a, b))).toBeCloseTo(size(a) + size(b), 4)
    // The lens of two circles of radius r at distance d.
    const [r, d] = [100, 120]
    const lens = 2 * r * r * Math.acos(d / (2 * r)) - (d / 2) * Math.sqrt(4 * r * r - d * d)
    expect(size(intersection(a, b)) / lens).toBeCloseTo(1, 2)
  })

  it('cut holes, keep them apart and fill them', () => {
    const holed = difference(square(0, 0, 100), square(25, 25, 50))
    expect(holed).toMatchObject({ kind: 'polygon' })
    expect(size(holed)).toBe(7_500)
    expect(holed === null ? 0 : size(fillHoles(holed))).toBe(10_000)
    const two = union(square(0, 0, 10), square(50, 0, 10))
    expect(two?.kind).toBe('multipolygon')
    expect(two === null ? [] : separate(two).map(size)).toEqual([100, 100])
  })

  it('leave lines out', () => {
    expect(isArea({ kind: 'line', points: [[0, 0], [1, 1]] })).toBe(false)
    expect(size(union(square(0, 0, 10), { kind: 'line', points: [[0, 0], [99, 99]] }))).toBe(100)
  })
})

describe('a brush', () => {
  it('paints and erases along a path for hundreds of dabs without tripping', () => {
    // The golden angle leaves no two dabs alike.
    const dab = (i: number): Geometry => ({ kind: 'ellipse', cx: 500 + 200 * Math.cos(i * 2.399963) + i / 7, cy: 500 + i * 1.3, rx: 40, ry: 40, rotation: 0 })
    let painted: Geometry | null = dab(0)
    let erased = 0
    for (let i = 1; i < 250; i++) {
      const before = size(painted)
      const next: Geometry | null = painted === null || i % 5 > 0 ? union(...(painted === null ? [] : [painted]), dab(i)) : difference(painted, dab(i * 3))
      painted = next === null ? null : roundGeometry(next)
      if (size(painted) < before - 1) erased += 1
    }
    expect(size(painted)).toBeGreaterThan(60_000)
    expect(erased).toBeGreaterThan(10)
  })

  it('grows and shrinks ragged outlines', () => {
    const ragged: Position[] = Array.from({ length: 400 }, (_, i) => {
      const radius = 300 + 40 * Math.sin(i * 1.7) + 25 * Math.cos(i * 5.3)
      return [1000 + radius * Math.cos((2 * Math.PI * i) / 400), 1000 + radius * Math.sin((2 * Math.PI * i) / 400)]
    })
    const shape: Geometry = { kind: 'polygon', rings: [ragged] }
    const began = performance.now()
    const [grown, shrunk] = [buffer(shape, 20), buffer(shape, -20)]
    expect(performance.now() - began).toBeLessThan(5000)
    expect(size(grown)).toBeGreaterThan(size(shape))
    expect(size(shrunk)).toBeLessThan(size(shape))
    expect(size(shrunk)).toBeGreaterThan(100_000)
  })
})

describe('splitting by a line', () => {
  const horseshoe: Geometry = {
    kind: 'polygon',
    rings: [[[0, 0], [90, 0], [90, 100], [60, 100], [60, 30], [30, 30], [30, 100], [0, 100]]],
  }

  it('parts an area in two and loses nothing', () => {
    const parts = splitByLine(square(0, 0, 100), [[-10, 30], [110, 30]])
    expect(parts.map(size)).toEqual([7_000, 3_000])
  })

  it('follows a bent line', () => {
    const line: Position[] = [[-10, 50], [50, 50], [50, -10]]
    const parts = splitByLine(square(0, 0, 100), line)
    expect(parts.map((part) => Math.round(size(part)))).toEqual([7_500, 2_500])
  })

  it('cuts only where the line was drawn, not where it would go on', () => {
    // Across the left leg only; the right leg lies in the same direction.
    const parts = splitByLine(horseshoe, [[-10, 60], [40, 60]])
    expect(parts).toHaveLength(2)
    expect(parts.map((part) => Math.round(size(part)))).toEqual([size(horseshoe) - 1_200, 1_200])
    expect(splitByLine(horseshoe, [[-10, 60], [100, 60]])).toHaveLength(3)
  })

  it('leaves an area alone that the line does not cross', () => {
    const whole = square(0, 0, 100)
    expect(splitByLine(whole, [[-10, 50], [50, 50]])).toEqual([whole])
    expect(splitByLine(whole, [[-10, -50], [150, -50]])).toEqual([whole])
    expect(splitByLine(whole, [[5, 5]])).toEqual([whole])
  })
})
