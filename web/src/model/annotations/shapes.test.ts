import { describe, expect, it } from 'vitest'

import {
  area,
  bounds,
  buffer,
  centroid,
  contains,
  deleteVertex,
  hit,
  insertVertex,
  labelPoint,
  length,
  mapPoints,
  moveVertex,
  nearestOnOutline,
  perimeter,
  rotate,
  roundGeometry,
  scale,
  simplify,
  toPolygons,
  translate,
  vertices,
} from './shapes'
import type { Geometry, Position, Rings } from './types'

const rectangle: Geometry = { kind: 'rectangle', x: 10, y: 20, width: 30, height: 40, rotation: 0 }
const ellipse: Geometry = { kind: 'ellipse', cx: 50, cy: 60, rx: 20, ry: 10, rotation: 0 }
const RINGS: Rings = [
  [
    [0, 0],
    [100, 0],
    [100, 100],
    [0, 100],
  ],
  [
    [25, 25],
    [75, 25],
    [75, 75],
    [25, 75],
  ],
]
const ring: Geometry = { kind: 'polygon', rings: RINGS }

describe('sizes', () => {
  it('knows areas, holes taken off, and uses the pixel sizes apart', () => {
    expect(area(rectangle)).toBe(1200)
    expect(area(rectangle, { x: 0.5, y: 0.25 })).toBe(150)
    expect(area(ellipse)).toBeCloseTo(Math.PI * 200, 9)
    expect(area(ring)).toBe(7500)
    expect(area({ kind: 'multipolygon', polygons: [RINGS, [[[200, 0], [210, 0], [210, 10], [200, 10]]]] })).toBe(7600)
  })

  it('keeps small areas exact far from the corner of the slide', () => {
    const far = translate(ring, 190_000.25, 170_000.75)
    expect(area(far)).toBe(7500)
  })

  it('measures lines, not areas, as lengths, and outlines as perimeters', () => {
    expect(length({ kind: 'polyline', points: [[0, 0], [3, 4], [3, 10]] })).toBe(11)
    expect(length({ kind: 'line', points: [[0, 0], [10, 10]] }, { x: 0.3, y: 0.4 })).toBeCloseTo(5, 12)
    expect(length(rectangle)).toBe(0)
    expect(perimeter(rectangle)).toBe(140)
    expect(perimeter(ring)).toBe(600)
    // Ramanujan's second formula for the circumference.
    const [a, b] = [20, 10]
    const h = ((a - b) / (a + b)) ** 2
    expect(perimeter(ellipse)).toBeCloseTo(Math.PI * (a + b) * (1 + (3 * h) / (10 + Math.sqrt(4 - 3 * h))), 2)
  })

  it('finds middles, and a place for a label that lies inside', () => {
    expect(centroid(ring)).toEqual([50, 50])
    expect(centroid({ kind: 'polyline', points: [[0, 0], [10, 0], [10, 10]] })).toEqual([7.5, 2.5])
    expect(contains(ring, centroid(ring))).toBe(false)
    expect(contains(ring, labelPoint(ring))).toBe(true)
  })
})

describe('where', () => {
  it('bounds turned shapes', () => {
    expect(bounds(rectangle)).toEqual({ minX: 10, minY: 20, maxX: 40, maxY: 60 })
    const turnedBox = bounds({ ...ellipse, rotation: Math.PI / 2 })
    expect(turnedBox.minX).toBeCloseTo(40, 9)
    expect(turnedBox.maxY).toBeCloseTo(80, 9)
  })

  it('hits outlines, and insides only when filled', () => {
    expect(hit(rectangle, [12, 40], 3)).toBe(true)
    expect(hit(rectangle, [25, 40], 3)).toBe(false)
    expect(hit(rectangle, [25, 40], 3, true)).toBe(true)
    expect(hit(ring, [50, 50], 3, true)).toBe(false)
    expect(hit({ kind: 'point', at: [5, 5] }, [7, 5], 3)).toBe(true)
    expect(hit({ kind: 'polyline', points: [[0, 0], [10, 0]] }, [5, 2], 3)).toBe(true)
  })

  it('finds the nearest place on an outline, over the end of the ring too', () => {
    expect(nearestOnOutline(ring, [-5, 50])).toEqual({ at: [0, 50], path: { polygon: 0, ring: 0, index: 3 }, distance: 5 })
    expect(nearestOnOutline(ring, [50, 30])?.path.ring).toBe(1)
  })
})

describe('reshaping', () => {
  it('turns clockwise as seen: right becomes down', () => {
    const turned = rotate({ kind: 'point', at: [1, 0] }, Math.PI / 2, [0, 0])
    expect(roundGeometry(turned)).toEqual({ kind: 'point', at: [0, 1] })
  })

  it('keeps rectangles and ellipses what they are, as long as the map lets them', () => {
    const turned = rotate(rectangle, 0.3)
    expect(turned).toMatchObject({ kind: 'rectangle' })
    expect(area(turned)).toBeCloseTo(1200, 6)
    expect(scale(rotate(rectangle, 0.3), 2, 2)).toMatchObject({ kind: 'rectangle' })
    const sheared = scale(rotate(rectangle, 0.3), 2, 1)
    expect(sheared.kind).toBe('polygon')
    expect(area(sheared)).toBeCloseTo(2400, 6)
    const squeezed = scale(rotate(ellipse, 0.3), 2, 1)
    expect(squeezed.kind).toBe('ellipse')
    expect(area(squeezed)).toBeCloseTo(2 * area(ellipse), 6)
    // Each point of the old outline lies on the new one.
    const [cx, cy] = [50, 60]
    for (const vertex of vertices(rotate(ellipse, 0.3))) {
      const moved: Position = [cx + (vertex.at[0] - cx) * 2, vertex.at[1]]
      expect(hit(squeezed, moved, 0.2)).toBe(true)
      expect(cy).toBe(60)
    }
  })

  it('bends a rectangle into a polygon where straight lines do not stay straight', () => {
    expect(mapPoints(rectangle, ([x, y]) => [x, y + (x * x) / 100]).kind).toBe('polygon')
  })

  it('rounds to 1/256 pixel', () => {
    expect(roundGeometry({ kind: 'point', at: [1.001, -0.0001] })).toEqual({ kind: 'point', at: [1, 0] })
    expect(roundGeometry({ kind: 'point', at: [1.002, 2] })).toEqual({ kind: 'point', at: [1.00390625, 2] })
  })

  it('thins a ring without moving it by more than the tolerance', () => {
    const many: Position[] = Array.from({ length: 2000 }, (_, i) => {
      const angle = (i / 2000) * 2 * Math.PI
      return [500 + 200 * Math.cos(angle), 500 + 200 * Math.sin(angle)]
    })
    const thin = simplify({ kind: 'polygon', rings: [many] }, 1)
    const left = toPolygons(thin)[0]?.[0] ?? []
    expect(left.length).toBeLessThan(60)
    expect(left.length).toBeGreaterThan(12)
    for (const point of many) expect(hit(thin, point, 1.0001)).toBe(true)
  })

  it('grows and shrinks by what a disc would add', () => {
    const square: Geometry = { kind: 'rectangle', x: 0, y: 0, width: 100, height: 100, rotation: 0 }
    const grown = buffer(square, 10)
    // Sides and rounded corners; the discs are polygons of 24 corners.
    expect(grown === null ? 0 : area(grown)).toBeGreaterThan(14_000 + 0.97 * Math.PI * 100)
    expect(grown === null ? 0 : area(grown)).toBeLessThanOrEqual(14_000 + Math.PI * 100)
    const shrunk = buffer(square, -10)
    expect(shrunk === null ? 0 : area(shrunk)).toBeCloseTo(6400, 3)
    expect(buffer(square, -51)).toBeNull()
    const hole = buffer(ring, -5)
    expect(hole === null ? 0 : area(hole)).toBeLessThan(90 * 90 - 60 * 60 + 40)
    const band = buffer({ kind: 'polyline', points: [[0, 0], [100, 0]] }, 5)
    expect(band === null ? 0 : area(band)).toBeGreaterThan(1000 + 0.96 * Math.PI * 25)
  })
})

describe('vertices', () => {
  it('moves the corner of a turned rectangle and keeps the one across', () => {
    const turned = rotate(rectangle, 0.5)
    const before = vertices(turned)
    const to: Position = [100, 120]
    const after = vertices(moveVertex(turned, { polygon: 0, ring: 0, index: 2 }, to))
    expect(after[0]?.at[0]).toBeCloseTo(before[0]?.at[0] ?? 0, 9)
    expect(after[0]?.at[1]).toBeCloseTo(before[0]?.at[1] ?? 0, 9)
    expect(after[2]?.at[0]).toBeCloseTo(100, 9)
    expect(after[2]?.at[1]).toBeCloseTo(120, 9)
  })

  it('moves one end of an ellipse', () => {
    expect(moveVertex(ellipse, { polygon: 0, ring: 0, index: 0 }, [90, 60])).toMatchObject({ cx: 60, rx: 30, ry: 10 })
  })

  it('adds and takes away vertices, and holes with their last ones', () => {
    const more = insertVertex(ring, { polygon: 0, ring: 0, index: 0 }, [50, -10])
    expect(vertices(more)).toHaveLength(9)
    expect(area(more)).toBe(8000)
    let less: Geometry | null = ring
    for (let i = 0; i < 2 && less !== null; i++) less = deleteVertex(less, { polygon: 0, ring: 1, index: 0 })
    expect(less).toEqual({ kind: 'polygon', rings: [RINGS[0]] })
    expect(deleteVertex({ kind: 'polygon', rings: [[[0, 0], [1, 0], [0, 1]]] }, { polygon: 0, ring: 0, index: 0 })).toBeNull()
    expect(deleteVertex(rectangle, { polygon: 0, ring: 0, index: 0 })).toMatchObject({ kind: 'polygon' })
  })
})
