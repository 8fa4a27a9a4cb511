/** Joining, cutting and fitting of areas as drawing needs them; the sweep itself is in `model/annotations/booleans`. */
import { difference, intersection, union } from '../../model/annotations/booleans'
import { area, bounds, fromPolygons, isArea, roundGeometry, toPolygons } from '../../model/annotations/shapes'
import type { AreaGeometry, Geometry } from '../../model/annotations/types'
import type { Joining } from './pen'

/** Lobes of a crossing line smaller than this share of the largest are slips of the hand. */
const SLIP = 0.01
/** Two areas of which one covers this share of the other lie in each other, not beside each other. */
const INSIDE = 0.98

/**
 * A drawn area as the server takes it: no line of it crosses another. Null when nothing of it has an area.
 *
 * A line that crosses itself becomes the lobes that it encloses, without those that are slips of the hand.
 */
export function cleaned(geometry: AreaGeometry): Geometry | null {
  const size = area(geometry)
  if (geometry.kind === 'rectangle' || geometry.kind === 'ellipse') return size > 0 ? roundGeometry(geometry) : null
  const simple = union(geometry)
  if (simple === null) return null
  const parts = toPolygons(simple)
  // The corners as they were drawn, in their order, where nothing had to be mended.
  const [only] = parts
  const untouched = parts.length === 1 && only?.length === 1 && Math.abs(area(simple) - size) <= 1e-6 * size
  if (untouched && geometry.kind === 'polygon') return roundGeometry(geometry)
  const sizes = parts.map((rings) => area({ kind: 'polygon', rings }))
  const largest = Math.max(...sizes)
  const kept = fromPolygons(parts.filter((_, i) => (sizes[i] ?? 0) >= SLIP * largest))
  return kept === null ? null : roundGeometry(kept)
}

/** What becomes of an area when another is joined to it or cut out of it; null: nothing is left. */
export function joined(base: Geometry, shape: Geometry, how: Exclude<Joining, 'new'>): Geometry | null {
  const result = how === 'add' ? union(base, shape) : difference(base, shape)
  return result === null ? null : roundGeometry(result)
}

/**
 * An area cut off where its neighbours begin, so that both share one border. Neighbours that lie in it, or in
 * which it lies, are no neighbours: a tumour in a tissue stays whole.
 */
export function besides(shape: Geometry, neighbours: readonly Geometry[]): Geometry | null {
  let rest: Geometry | null = shape
  for (const neighbour of neighbours) {
    if (rest === null) return null
    if (!isArea(neighbour) || !touch(rest, neighbour)) continue
    const shared = intersection(rest, neighbour)
    if (shared === null) continue
    const common = area(shared)
    if (common === 0 || common >= INSIDE * area(rest) || common >= INSIDE * area(neighbour)) continue
    rest = difference(rest, neighbour)
  }
  return rest === null ? null : roundGeometry(rest)
}

function touch(one: Geometry, other: Geometry): boolean {
  const [a, b] = [bounds(one), bounds(other)]
  return a.minX < b.maxX && b.minX < a.maxX && a.minY < b.maxY && b.minY < a.maxY
}
