/** Growing and shrinking of areas: by the band that lies within a distance of their outline (a Minkowski sum). */
import { clip, given, type MultiPolygon, type Pair, taken } from './clip'
import { fromPolygons, paths, toPolygons } from './outline'
import { simplify } from './reshape'
import type { Geometry, Position } from './types'

/** Corners of the round ends of the band. */
const ROUND = 24
/** Detail finer than this part of the distance does not show in the result. */
const FINE = 0.02
/** Pieces of the band that are joined in one sweep: neighbours overlap, so that little comes out of each. */
const GROUP = 8

/**
 * The area with everything within `distance` pixels added, or with a negative one the outline's inner band taken off;
 * lines and points grow into areas. Null: nothing remains.
 */
export function buffer(geometry: Geometry, distance: number): Geometry | null {
  const reach = Math.abs(distance)
  const whole = taken(geometry)
  if (reach === 0) return whole.length === 0 ? null : geometry
  if (distance < 0 && whole.length === 0) return null
  const edge = band(geometry, reach)
  if (edge === null) return null
  const result = distance > 0 ? (whole.length === 0 ? edge : clip('union', whole, edge)) : clip('difference', whole, edge)
  return fromPolygons(given(result))
}

function band(geometry: Geometry, reach: number): MultiPolygon | null {
  const pieces: MultiPolygon[] = []
  const plain = fromPolygons(toPolygons(geometry)) ?? geometry
  for (const { points, closed } of paths(simplify(plain, reach * FINE))) {
    const [only] = points
    if (points.length === 1 && only !== undefined) pieces.push(capsule(only, only, reach))
    points.forEach((point, i) => {
      const next = points[i + 1] ?? (closed ? only : undefined)
      if (next !== undefined) pieces.push(capsule(point, next, reach))
    })
  }
  let open = pieces
  while (open.length > 1) {
    const joined: MultiPolygon[] = []
    for (let i = 0; i < open.length; i += GROUP) {
      const [first, ...rest] = open.slice(i, i + GROUP)
      if (first !== undefined) joined.push(clip('union', first, ...rest))
    }
    open = joined
  }
  return open[0] ?? null
}

/** Everything within `reach` of a segment. */
function capsule(from: Position, to: Position, reach: number): MultiPolygon {
  const heading = Math.atan2(to[1] - from[1], to[0] - from[0])
  const half = ROUND / 2
  const end = (about: Position, first: number): Pair[] =>
    Array.from({ length: half + 1 }, (_, i): Pair => {
      const angle = first + (Math.PI * i) / half
      return [about[0] + reach * Math.cos(angle), about[1] + reach * Math.sin(angle)]
    })
  return [[[...end(to, heading - Math.PI / 2), ...end(from, heading + Math.PI / 2)]]]
}
