/** Vertices of drawn shapes: where they are, and shapes with one moved, added or taken away. */
import { corners, nearestOnSegment, turned } from './outline'
import type { Ellipse, Geometry, Position, Rectangle, Ring, Rings } from './types'

/** Where a vertex is: the polygon of a multipolygon, the ring in it, the place in the ring. */
export interface VertexPath {
  readonly polygon: number
  readonly ring: number
  readonly index: number
}

export interface Vertex {
  readonly at: Position
  readonly path: VertexPath
}

const inRing = (polygon: number, ring: number, points: readonly Position[]): Vertex[] =>
  points.map((at, index) => ({ at, path: { polygon, ring, index } }))

/** What can be taken hold of: corners; of an ellipse the four ends of its axes. */
export function vertices(geometry: Geometry): Vertex[] {
  switch (geometry.kind) {
    case 'point':
    case 'text':
      return inRing(0, 0, [geometry.at])
    case 'multipoint':
    case 'line':
    case 'arrow':
    case 'polyline':
      return inRing(0, 0, geometry.points)
    case 'rectangle':
      return inRing(0, 0, corners(geometry))
    case 'ellipse':
      return inRing(0, 0, axisEnds(geometry))
    case 'polygon':
      return geometry.rings.flatMap((ring, r) => inRing(0, r, ring))
    case 'multipolygon':
      return geometry.polygons.flatMap((rings, p) => rings.flatMap((ring, r) => inRing(p, r, ring)))
  }
}

function axisEnds({ cx, cy, rx, ry, rotation }: Ellipse): Ring {
  const ends: Ring = [
    [cx + rx, cy],
    [cx, cy + ry],
    [cx - rx, cy],
    [cx, cy - ry],
  ]
  return ends.map((end) => turned(end, rotation, [cx, cy]))
}

/** Change the list of points that `path` lies in. */
function inList(geometry: Geometry, path: VertexPath, change: (points: readonly Position[]) => readonly Position[]): Geometry {
  const inRings = (rings: Rings): Rings => rings.map((ring, r) => (r === path.ring ? change(ring) : ring))
  switch (geometry.kind) {
    case 'multipoint':
    case 'line':
    case 'arrow':
    case 'polyline':
      return { ...geometry, points: change(geometry.points) }
    case 'polygon':
      return { ...geometry, rings: inRings(geometry.rings) }
    case 'multipolygon':
      return { ...geometry, polygons: geometry.polygons.map((rings, p) => (p === path.polygon ? inRings(rings) : rings)) }
    default:
      return geometry
  }
}

/** The shape with one vertex elsewhere: a rectangle keeps the corner across, an ellipse the far end of the axis. */
export function moveVertex(geometry: Geometry, path: VertexPath, to: Position): Geometry {
  switch (geometry.kind) {
    case 'point':
    case 'text':
      return { ...geometry, at: to }
    case 'rectangle':
      return moveCorner(geometry, path.index, to)
    case 'ellipse':
      return moveAxisEnd(geometry, path.index, to)
    default:
      return inList(geometry, path, (points) => points.map((point, i) => (i === path.index ? to : point)))
  }
}

function moveCorner(rectangle: Rectangle, index: number, to: Position): Geometry {
  const across = corners(rectangle)[(index + 2) % 4]
  if (across === undefined) return rectangle
  const middle: Position = [(across[0] + to[0]) / 2, (across[1] + to[1]) / 2]
  // In the rectangle's own directions the two corners span it.
  const [ax, ay] = turned(across, -rectangle.rotation, middle)
  const [bx, by] = turned(to, -rectangle.rotation, middle)
  const [width, height] = [Math.abs(ax - bx), Math.abs(ay - by)]
  return { ...rectangle, x: middle[0] - width / 2, y: middle[1] - height / 2, width, height }
}

function moveAxisEnd(ellipse: Ellipse, index: number, to: Position): Geometry {
  const far = axisEnds(ellipse)[(index + 2) % 4]
  if (far === undefined) return ellipse
  const along = turned(index % 2 === 0 ? [1, 0] : [0, 1], ellipse.rotation, [0, 0])
  // Only the part of the movement along the axis counts: the other axis stays.
  const reach = (to[0] - far[0]) * along[0] + (to[1] - far[1]) * along[1]
  const [cx, cy] = [far[0] + (along[0] * reach) / 2, far[1] + (along[1] * reach) / 2]
  const half = Math.abs(reach) / 2
  return index % 2 === 0 ? { ...ellipse, cx, cy, rx: half } : { ...ellipse, cx, cy, ry: half }
}

/** Put a vertex after `path`. A rectangle becomes a polygon by it; shapes without outline vertices stay as they are. */
export function insertVertex(geometry: Geometry, path: VertexPath, at: Position): Geometry {
  if (geometry.kind === 'line' || geometry.kind === 'arrow') return geometry
  return inList(asPolygon(geometry), path, (points) => points.toSpliced(path.index + 1, 0, at))
}

/** Without the vertex; null when too few would remain to be a shape. A hole goes away with its third-last vertex. */
export function deleteVertex(geometry: Geometry, path: VertexPath): Geometry | null {
  const whole = asPolygon(geometry)
  const drop = (points: readonly Position[]): readonly Position[] => points.toSpliced(path.index, 1)
  switch (whole.kind) {
    case 'multipoint':
      return whole.points.length > 1 ? inList(whole, path, drop) : null
    case 'polyline':
      return whole.points.length > 2 ? inList(whole, path, drop) : null
    case 'polygon': {
      const rings = withoutVertex(whole.rings, path, drop)
      return rings === null ? null : { ...whole, rings }
    }
    case 'multipolygon': {
      const polygons = whole.polygons.flatMap((rings, p) => (p === path.polygon ? [withoutVertex(rings, path, drop)] : [rings]))
      const left = polygons.filter((rings) => rings !== null)
      return left.length > 0 ? { ...whole, polygons: left } : null
    }
    default:
      return null
  }
}

function withoutVertex(rings: Rings, path: VertexPath, drop: (ring: Ring) => Ring): Rings | null {
  const ring = rings[path.ring]
  if (ring === undefined) return rings
  if (ring.length > 3) return rings.map((one, r) => (r === path.ring ? drop(one) : one))
  return path.ring === 0 ? null : rings.filter((_, r) => r !== path.ring)
}

function asPolygon(geometry: Geometry): Geometry {
  return geometry.kind === 'rectangle' ? { kind: 'polygon', rings: [corners(geometry)] } : geometry
}

/** The place on the outline nearest to a point, and the vertex before it; null for single points and ellipses. */
export function nearestOnOutline(geometry: Geometry, point: Position): { at: Position; path: VertexPath; distance: number } | null {
  if (geometry.kind === 'point' || geometry.kind === 'text' || geometry.kind === 'multipoint' || geometry.kind === 'ellipse') return null
  const closed = geometry.kind === 'rectangle' || geometry.kind === 'polygon' || geometry.kind === 'multipolygon'
  const all = vertices(geometry)
  let best: { at: Position; path: VertexPath; distance: number } | null = null
  all.forEach((vertex, i) => {
    const next = all[i + 1]
    const inSame = next !== undefined && next.path.index === vertex.path.index + 1
    // The last of a ring leads back to its first.
    const to = inSame ? next : closed ? all[i - vertex.path.index] : undefined
    if (to === undefined) return
    const at = nearestOnSegment(point, vertex.at, to.at)
    const away = Math.hypot(at[0] - point[0], at[1] - point[1])
    if (best === null || away < best.distance) best = { at, path: vertex.path, distance: away }
  })
  return best
}
