/** Moving, turning, scaling and thinning of drawn shapes. */
import { bounds, corners, ellipseRing, middleOf, nearestOnSegment, turned } from './outline'
import type { Ellipse, Geometry, Position, Rectangle, Ring } from './types'

/** Drawn geometry is kept to 1/256 of a pixel. */
const STEPS = 256
const round = (value: number): number => Math.round(value * STEPS) / STEPS || 0
const rounded = ([x, y]: Position): Position => [round(x), round(y)]

function eachPoint(geometry: Geometry, map: (point: Position) => Position): Geometry {
  switch (geometry.kind) {
    case 'point':
    case 'text':
      return { ...geometry, at: map(geometry.at) }
    case 'multipoint':
    case 'line':
    case 'arrow':
    case 'polyline':
      return { ...geometry, points: geometry.points.map(map) }
    case 'polygon':
      return { ...geometry, rings: geometry.rings.map((ring) => ring.map(map)) }
    case 'multipolygon':
      return { ...geometry, polygons: geometry.polygons.map((rings) => rings.map((ring) => ring.map(map))) }
    default:
      return geometry
  }
}

/** To 1/256 of a pixel, as the server keeps it. */
export function roundGeometry(geometry: Geometry): Geometry {
  if (geometry.kind === 'rectangle') {
    const { x, y, width, height } = geometry
    return { ...geometry, x: round(x), y: round(y), width: round(width), height: round(height) }
  }
  if (geometry.kind === 'ellipse') {
    const { cx, cy, rx, ry } = geometry
    return { ...geometry, cx: round(cx), cy: round(cy), rx: round(rx), ry: round(ry) }
  }
  return eachPoint(geometry, rounded)
}

/** Where a map takes the middle and both half axes of a box; null when straight lines do not stay straight. */
function frameUnder(map: (point: Position) => Position, middle: Position, u: Position, v: Position): [Position, Position, Position] | null {
  const c = map(middle)
  const at = (su: number, sv: number): Position => map([middle[0] + su * u[0] + sv * v[0], middle[1] + su * u[1] + sv * v[1]])
  const [pu, pv, puv] = [at(1, 0), at(0, 1), at(1, 1)]
  const mu: Position = [pu[0] - c[0], pu[1] - c[1]]
  const mv: Position = [pv[0] - c[0], pv[1] - c[1]]
  const off = Math.hypot(c[0] + mu[0] + mv[0] - puv[0], c[1] + mu[1] + mv[1] - puv[1])
  return off <= 1 / STEPS + 1e-9 * (Math.abs(c[0]) + Math.abs(c[1])) ? [c, mu, mv] : null
}

function mapRectangle(rectangle: Rectangle, map: (point: Position) => Position): Geometry {
  const u = turned([rectangle.width / 2, 0], rectangle.rotation, [0, 0])
  const v = turned([0, rectangle.height / 2], rectangle.rotation, [0, 0])
  const frame = frameUnder(map, middleOf(rectangle), u, v)
  const sheared = (): Geometry => ({ kind: 'polygon', rings: [corners(rectangle).map(map)] })
  if (frame === null) return sheared()
  const [c, mu, mv] = frame
  const half = Math.hypot(...mu)
  const other = Math.hypot(...mv)
  if (Math.abs(mu[0] * mv[0] + mu[1] * mv[1]) > 1e-6 * half * other) return sheared()
  const rotation = Math.atan2(mu[1], mu[0])
  return { kind: 'rectangle', x: c[0] - half, y: c[1] - other, width: 2 * half, height: 2 * other, rotation: settled(rotation) }
}

/** The image of an ellipse is one again: its axes are the singular values of the matrix of the half axes' images. */
function mapEllipse(ellipse: Ellipse, map: (point: Position) => Position): Geometry {
  const u = turned([ellipse.rx, 0], ellipse.rotation, [0, 0])
  const v = turned([0, ellipse.ry], ellipse.rotation, [0, 0])
  const frame = frameUnder(map, [ellipse.cx, ellipse.cy], u, v)
  if (frame === null) return { kind: 'polygon', rings: [ellipseRing(ellipse).map(map)] }
  const [[cx, cy], mu, mv] = frame
  if (Math.abs(mu[0] * mv[0] + mu[1] * mv[1]) <= 1e-6 * Math.hypot(...mu) * Math.hypot(...mv)) {
    return { kind: 'ellipse', cx, cy, rx: Math.hypot(...mu), ry: Math.hypot(...mv), rotation: settled(Math.atan2(mu[1], mu[0])) }
  }
  const [a, c, b, d] = [mu[0], mu[1], mv[0], mv[1]]
  const q = Math.hypot((a + d) / 2, (c - b) / 2)
  const r = Math.hypot((a - d) / 2, (c + b) / 2)
  const rotation = (Math.atan2(c - b, a + d) + Math.atan2(c + b, a - d)) / 2
  return { kind: 'ellipse', cx, cy, rx: q + r, ry: Math.abs(q - r), rotation: settled(rotation) }
}

/** An angle without the dust of arithmetic. */
function settled(angle: number): number {
  return Math.abs(angle) < 1e-12 ? 0 : angle
}

/**
 * The shape under a map of the plane. Rectangles and ellipses stay what they are as long as the map lets them: a sheared
 * rectangle becomes a polygon.
 */
export function mapPoints(geometry: Geometry, map: (point: Position) => Position): Geometry {
  if (geometry.kind === 'rectangle') return mapRectangle(geometry, map)
  if (geometry.kind === 'ellipse') return mapEllipse(geometry, map)
  return eachPoint(geometry, map)
}

export function translate(geometry: Geometry, dx: number, dy: number): Geometry {
  if (geometry.kind === 'rectangle') return { ...geometry, x: geometry.x + dx, y: geometry.y + dy }
  if (geometry.kind === 'ellipse') return { ...geometry, cx: geometry.cx + dx, cy: geometry.cy + dy }
  return eachPoint(geometry, ([x, y]) => [x + dx, y + dy])
}

/** The middle of a shape's box, about which it turns and grows unless told otherwise. */
export function boxMiddle(geometry: Geometry): Position {
  const { minX, minY, maxX, maxY } = bounds(geometry)
  return [(minX + maxX) / 2, (minY + maxY) / 2]
}

/** Turn clockwise as seen. */
export function rotate(geometry: Geometry, angle: number, about: Position = boxMiddle(geometry)): Geometry {
  return mapPoints(geometry, (point) => turned(point, angle, about))
}

export function scale(geometry: Geometry, sx: number, sy: number, about: Position = boxMiddle(geometry)): Geometry {
  return mapPoints(geometry, ([x, y]) => [about[0] + (x - about[0]) * sx, about[1] + (y - about[1]) * sy])
}

/** The points of a path that are needed to stay within `tolerance` of it (Douglas and Peucker 1973). */
function thinned(points: readonly Position[], tolerance: number): Position[] {
  if (points.length < 3) return [...points]
  const kept = new Uint8Array(points.length)
  kept[0] = kept[points.length - 1] = 1
  const open: [number, number][] = [[0, points.length - 1]]
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [from, to] = span
    const a = points[from] as Position
    const b = points[to] as Position
    let [farthest, most] = [-1, tolerance]
    for (let i = from + 1; i < to; i++) {
      const point = points[i] as Position
      const [x, y] = nearestOnSegment(point, a, b)
      const off = Math.hypot(x - point[0], y - point[1])
      if (off > most) [farthest, most] = [i, off]
    }
    if (farthest < 0) continue
    kept[farthest] = 1
    open.push([from, farthest], [farthest, to])
  }
  return points.filter((_, i) => kept[i] === 1)
}

/** A ring is cut at its first point and the one farthest from it; fewer than three points would be no ring. */
function thinnedRing(ring: Ring, tolerance: number): Ring {
  const [first] = ring
  if (first === undefined || ring.length <= 4) return ring
  let [farthest, most] = [0, -1]
  ring.forEach(([x, y], i) => {
    const off = Math.hypot(x - first[0], y - first[1])
    if (off > most) [farthest, most] = [i, off]
  })
  const there = thinned(ring.slice(0, farthest + 1), tolerance)
  const back = thinned([...ring.slice(farthest), first], tolerance)
  const result = [...there.slice(0, -1), ...back.slice(0, -1)]
  return result.length >= 3 ? result : ring
}

/** The same shape with fewer vertices: nothing of it moves by more than `tolerance`. */
export function simplify(geometry: Geometry, tolerance: number): Geometry {
  switch (geometry.kind) {
    case 'polyline':
      return { ...geometry, points: thinned(geometry.points, tolerance) }
    case 'polygon':
      return { ...geometry, rings: geometry.rings.map((ring) => thinnedRing(ring, tolerance)) }
    case 'multipolygon':
      return { ...geometry, polygons: geometry.polygons.map((rings) => rings.map((ring) => thinnedRing(ring, tolerance))) }
    default:
      return geometry
  }
}
