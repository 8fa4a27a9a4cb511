/** Sizes of drawn shapes: pixels, or micrometres where the size of a pixel is given (x and y apart). */
import type { PixelSize } from '../slide'
import { contains, ellipseRing, middleOf, paths, toPolygons } from './outline'
import type { Geometry, Position, Ring } from './types'

const PIXEL: PixelSize = { x: 1, y: 1 }
/** Corners of the polygon by which an ellipse's circumference is measured: relative error below 1e-5. */
const FINE = 512

/** Twice the signed area of a ring. */
function twiceArea(ring: Ring): number {
  const [origin] = ring
  if (origin === undefined) return 0
  let twice = 0
  let before = ring.at(-1) ?? origin
  for (const corner of ring) {
    // Relative to a corner: far from (0, 0) the products would lose the area's last digits.
    twice += (before[0] - origin[0]) * (corner[1] - origin[1]) - (corner[0] - origin[0]) * (before[1] - origin[1])
    before = corner
  }
  return twice
}

export function ringArea(ring: Ring): number {
  return Math.abs(twiceArea(ring)) / 2
}

/** The area enclosed, holes taken off; 0 for shapes that enclose nothing. */
export function area(geometry: Geometry, size: PixelSize = PIXEL): number {
  const scale = size.x * size.y
  if (geometry.kind === 'ellipse') return Math.PI * geometry.rx * geometry.ry * scale
  if (geometry.kind === 'rectangle') return geometry.width * geometry.height * scale
  let total = 0
  for (const [outline, ...holes] of toPolygons(geometry)) {
    if (outline !== undefined) total += ringArea(outline)
    for (const hole of holes) total -= ringArea(hole)
  }
  return total * scale
}

function along(points: readonly Position[], closed: boolean, size: PixelSize): number {
  let total = 0
  let before = closed ? points.at(-1) : points[0]
  for (const point of points) {
    if (before !== undefined) total += Math.hypot((point[0] - before[0]) * size.x, (point[1] - before[1]) * size.y)
    before = point
  }
  return total
}

/** The length of a line; 0 for everything else. */
export function length(geometry: Geometry, size: PixelSize = PIXEL): number {
  const drawn = geometry.kind === 'line' || geometry.kind === 'arrow' || geometry.kind === 'polyline'
  return drawn ? along(geometry.points, false, size) : 0
}

/** The length of all outlines of an area, those of holes too; 0 for everything else. */
export function perimeter(geometry: Geometry, size: PixelSize = PIXEL): number {
  if (geometry.kind === 'ellipse') return along(ellipseRing(geometry, FINE), true, size)
  return paths(geometry).reduce((total, { points, closed }) => total + (closed ? along(points, true, size) : 0), 0)
}

/** The middle of mass: of an area, of a line by its length, of points. */
export function centroid(geometry: Geometry): Position {
  switch (geometry.kind) {
    case 'rectangle':
      return middleOf(geometry)
    case 'ellipse':
      return [geometry.cx, geometry.cy]
    case 'polygon':
    case 'multipolygon':
      return areaCentroid(geometry)
    default:
      return lineCentroid(paths(geometry).flatMap(({ points }) => points), geometry.kind !== 'multipoint')
  }
}

function areaCentroid(geometry: Geometry): Position {
  let [weight, x, y] = [0, 0, 0]
  const polygons = toPolygons(geometry)
  const origin = polygons[0]?.[0]?.[0] ?? [0, 0]
  for (const rings of polygons) {
    rings.forEach((ring, place) => {
      const sign = (place === 0 ? 1 : -1) * Math.sign(twiceArea(ring))
      let before = ring.at(-1) ?? origin
      for (const corner of ring) {
        const [ax, ay, bx, by] = [before[0] - origin[0], before[1] - origin[1], corner[0] - origin[0], corner[1] - origin[1]]
        const cross = sign * (ax * by - bx * ay)
        weight += cross
        x += (ax + bx) * cross
        y += (ay + by) * cross
        before = corner
      }
    })
  }
  if (weight === 0) return lineCentroid(polygons.flat(2), false)
  return [origin[0] + x / (3 * weight), origin[1] + y / (3 * weight)]
}

function lineCentroid(points: readonly Position[], byLength: boolean): Position {
  let [weight, x, y] = [0, 0, 0]
  if (byLength) {
    points.slice(1).forEach((to, i) => {
      const from = points[i] ?? to
      const step = Math.hypot(to[0] - from[0], to[1] - from[1])
      weight += step
      x += ((from[0] + to[0]) / 2) * step
      y += ((from[1] + to[1]) / 2) * step
    })
  }
  if (weight > 0) return [x / weight, y / weight]
  const count = Math.max(points.length, 1)
  return [points.reduce((sum, [px]) => sum + px, 0) / count, points.reduce((sum, [, py]) => sum + py, 0) / count]
}

/** A point that lies in the area for certain, for a label: the middle, or the widest place on the line through it. */
export function labelPoint(geometry: Geometry): Position {
  const middle = centroid(geometry)
  const polygons = toPolygons(geometry)
  if (polygons.length === 0 || contains(geometry, middle)) return middle
  const crossings: number[] = []
  for (const ring of polygons.flat()) {
    let before = ring.at(-1)
    for (const corner of ring) {
      if (before !== undefined && corner[1] > middle[1] !== before[1] > middle[1]) {
        crossings.push(corner[0] + ((middle[1] - corner[1]) / (before[1] - corner[1])) * (before[0] - corner[0]))
      }
      before = corner
    }
  }
  crossings.sort((a, b) => a - b)
  let best: Position = middle
  let widest = 0
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const from = crossings[i] ?? 0
    const to = crossings[i + 1] ?? from
    if (to - from > widest) {
      widest = to - from
      best = [(from + to) / 2, middle[1]]
    }
  }
  return best
}
