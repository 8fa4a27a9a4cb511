/** Outlines of drawn shapes as rings: where they lie, what lies in them, what lies on them. */
import type { AreaGeometry, Ellipse, Geometry, Position, Rectangle, Ring, Rings } from './types'

export interface Box {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
}

/** A path of points; closed ones go back to their first point. */
export interface Path {
  readonly points: readonly Position[]
  readonly closed: boolean
}

/** How far the polygon of an ellipse may lie inside it, level-0 pixels. */
const FLATNESS = 0.125

export function isArea(geometry: Geometry): geometry is AreaGeometry {
  return geometry.kind === 'rectangle' || geometry.kind === 'ellipse' || geometry.kind === 'polygon' || geometry.kind === 'multipolygon'
}

/** Turn a point about another; y runs down, so positive angles are clockwise as seen. */
export function turned([x, y]: Position, angle: number, [cx, cy]: Position): Position {
  if (angle === 0) return [x, y]
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return [cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos]
}

export function middleOf({ x, y, width, height }: Rectangle): Position {
  return [x + width / 2, y + height / 2]
}

/** The corners of a rectangle, beginning at the one that is top left before it is turned, clockwise. */
export function corners(rectangle: Rectangle): Ring {
  const { x, y, width, height, rotation } = rectangle
  const middle = middleOf(rectangle)
  const plain: Ring = [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ]
  return plain.map((point) => turned(point, rotation, middle))
}

export function ellipseRing({ cx, cy, rx, ry, rotation }: Ellipse, least = 24): Ring {
  const radius = Math.max(rx, ry)
  const needed = radius > FLATNESS ? Math.ceil(Math.PI / Math.acos(1 - FLATNESS / radius)) : least
  const count = Math.min(Math.max(needed, least), 1024)
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count
    return turned([cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)], rotation, [cx, cy])
  })
}

/** An area as polygons, outlines first; nothing for shapes that enclose nothing. */
export function toPolygons(geometry: Geometry): readonly Rings[] {
  switch (geometry.kind) {
    case 'rectangle':
      return [[corners(geometry)]]
    case 'ellipse':
      return [[ellipseRing(geometry)]]
    case 'polygon':
      return [geometry.rings]
    case 'multipolygon':
      return geometry.polygons
    default:
      return []
  }
}

/** The simplest shape of these polygons; null without any. */
export function fromPolygons(polygons: readonly Rings[]): Geometry | null {
  const real = polygons.filter((rings) => (rings[0]?.length ?? 0) >= 3)
  const [first] = real
  if (first === undefined) return null
  return real.length === 1 ? { kind: 'polygon', rings: first } : { kind: 'multipolygon', polygons: real }
}

/** Everything that is drawn of a shape as paths; single points are paths of one. */
export function paths(geometry: Geometry): readonly Path[] {
  switch (geometry.kind) {
    case 'point':
    case 'text':
      return [{ points: [geometry.at], closed: false }]
    case 'multipoint':
      return geometry.points.map((point) => ({ points: [point], closed: false }))
    case 'line':
    case 'arrow':
    case 'polyline':
      return [{ points: geometry.points, closed: false }]
    default:
      return toPolygons(geometry).flatMap((rings) => rings.map((points) => ({ points, closed: true })))
  }
}

export function bounds(geometry: Geometry): Box {
  if (geometry.kind === 'ellipse') return ellipseBounds(geometry)
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { points } of paths(geometry)) {
    for (const [x, y] of points) {
      if (x < minX) minX = x
      if (x > maxX) maxX = x
      if (y < minY) minY = y
      if (y > maxY) maxY = y
    }
  }
  return { minX, minY, maxX, maxY }
}

function ellipseBounds({ cx, cy, rx, ry, rotation }: Ellipse): Box {
  const halfX = Math.hypot(rx * Math.cos(rotation), ry * Math.sin(rotation))
  const halfY = Math.hypot(rx * Math.sin(rotation), ry * Math.cos(rotation))
  return { minX: cx - halfX, minY: cy - halfY, maxX: cx + halfX, maxY: cy + halfY }
}

export function overlaps(a: Box, b: Box): boolean {
  return a.minX <= b.maxX && a.maxX >= b.minX && a.minY <= b.maxY && a.maxY >= b.minY
}

/** Whether a point lies in an area (holes are outside); false for shapes that enclose nothing. */
export function contains(geometry: Geometry, point: Position): boolean {
  if (geometry.kind === 'ellipse') {
    const [x, y] = turned(point, -geometry.rotation, [geometry.cx, geometry.cy])
    return ((x - geometry.cx) / geometry.rx) ** 2 + ((y - geometry.cy) / geometry.ry) ** 2 <= 1
  }
  return toPolygons(geometry).some((rings) => inRings(rings, point))
}

/** Crossings of a ray to the right: odd is inside, and a hole turns that round. */
function inRings(rings: Rings, [px, py]: Position): boolean {
  let inside = false
  for (const ring of rings) {
    let before = ring.at(-1)
    for (const corner of ring) {
      if (before !== undefined && corner[1] > py !== before[1] > py) {
        const x = corner[0] + ((py - corner[1]) / (before[1] - corner[1])) * (before[0] - corner[0])
        if (px < x) inside = !inside
      }
      before = corner
    }
  }
  return inside
}

/** The point of a segment nearest to another point. */
export function nearestOnSegment([px, py]: Position, [ax, ay]: Position, [bx, by]: Position): Position {
  const dx = bx - ax
  const dy = by - ay
  const square = dx * dx + dy * dy
  const along = square === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / square))
  return [ax + along * dx, ay + along * dy]
}

/** Distance to the outline, the line or the point; 0 inside an area when it is `filled`. */
export function distance(geometry: Geometry, point: Position, filled = false): number {
  if (filled && contains(geometry, point)) return 0
  let least = Infinity
  for (const { points, closed } of paths(geometry)) {
    let before = closed ? points.at(-1) : points[0]
    for (const corner of points) {
      const [x, y] = nearestOnSegment(point, before ?? corner, corner)
      least = Math.min(least, Math.hypot(x - point[0], y - point[1]))
      before = corner
    }
  }
  return least
}

/** Whether a point touches the shape within `tolerance`. */
export function hit(geometry: Geometry, point: Position, tolerance: number, filled = false): boolean {
  const box = bounds(geometry)
  const [x, y] = point
  if (x < box.minX - tolerance || x > box.maxX + tolerance || y < box.minY - tolerance || y > box.maxY + tolerance) return false
  return distance(geometry, point, filled) <= tolerance
}
