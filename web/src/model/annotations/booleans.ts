/** Joining, cutting and splitting of areas. Null: nothing remains. Shapes that enclose nothing take no part. */
import { clip, given, type MultiPolygon, type Pair, taken } from './clip'
import { bounds, contains, fromPolygons, toPolygons } from './outline'
import { area, labelPoint } from './sizes'
import type { Geometry, Position, Rings } from './types'

/** Half the width of the cut by which the sides of a line are told apart, pixels. */
const HAIR = 1 / 64
/** Corners of the far arc that closes the side of a line. */
const ARC = 16

function shaped(result: MultiPolygon): Geometry | null {
  return fromPolygons(given(result))
}

export function union(...geometries: readonly Geometry[]): Geometry | null {
  const [first, ...rest] = geometries.map(taken)
  return first === undefined ? null : shaped(clip('union', first, ...rest))
}

export function difference(from: Geometry, ...cut: readonly Geometry[]): Geometry | null {
  return shaped(clip('difference', taken(from), ...cut.map(taken)))
}

export function intersection(...geometries: readonly Geometry[]): Geometry | null {
  const [first, ...rest] = geometries.map(taken)
  return first === undefined ? null : shaped(clip('intersection', first, ...rest))
}

/** The same outlines without holes; parts that lay in a hole go under. */
export function fillHoles(geometry: Geometry): Geometry {
  if (geometry.kind === 'polygon') return { ...geometry, rings: geometry.rings.slice(0, 1) }
  if (geometry.kind !== 'multipolygon') return geometry
  const [first, ...rest] = geometry.polygons.map((rings): MultiPolygon => taken({ kind: 'polygon', rings: rings.slice(0, 1) }))
  return (first === undefined ? null : shaped(clip('union', first, ...rest))) ?? geometry
}

/** The parts of a multipolygon as shapes of their own. */
export function separate(geometry: Geometry): Geometry[] {
  if (geometry.kind !== 'multipolygon') return [geometry]
  return geometry.polygons.map((rings) => ({ kind: 'polygon', rings }))
}

/** The parts of an area on both sides of a line that crosses it; the area itself when the line cuts nothing off. */
export function splitByLine(geometry: Geometry, line: readonly Position[]): Geometry[] {
  const side = sideOf(geometry, line)
  if (side === null) return [geometry]
  const whole = taken(geometry)
  const pieces = [...given(clip('intersection', whole, side)), ...given(clip('difference', whole, side))]
  // The line was lengthened to have sides at all: what only that cut apart is put together again.
  const apart = given(clip('difference', whole, ...hairs(line)))
  if (apart.length <= toPolygons(geometry).length) return [geometry]
  const groups = new Map<number, Rings[]>()
  for (const piece of pieces) {
    const inside = labelPoint({ kind: 'polygon', rings: piece })
    const found = apart.findIndex((rings) => contains({ kind: 'polygon', rings }, inside))
    groups.set(found, [...(groups.get(found) ?? []), piece])
  }
  const parts = [...groups.values()].map((group) => {
    const shape = fromPolygons(group)
    return group.length === 1 || shape === null ? shape : union(...separate(shape))
  })
  return parts.filter((part) => part !== null).sort((a, b) => area(b) - area(a))
}

/** One side of the line, lengthened at both ends to beyond the area, as a polygon. */
function sideOf(geometry: Geometry, line: readonly Position[]): MultiPolygon | null {
  const points = line.filter((point, i) => i === 0 || Math.hypot(point[0] - (line[i - 1]?.[0] ?? 0), point[1] - (line[i - 1]?.[1] ?? 0)) > 0)
  const [first, second] = points
  const [before, last] = points.slice(-2)
  if (first === undefined || second === undefined || before === undefined || last === undefined) return null
  const { minX, minY, maxX, maxY } = bounds(geometry)
  const box = bounds({ kind: 'multipoint', points: [...points, [minX, minY], [maxX, maxY]] })
  const middle: Position = [(box.minX + box.maxX) / 2, (box.minY + box.maxY) / 2]
  const far = 2 * Math.hypot(box.maxX - box.minX, box.maxY - box.minY) + 1
  const start = onCircle(first, [first[0] - second[0], first[1] - second[1]], middle, far)
  const end = onCircle(last, [last[0] - before[0], last[1] - before[1]], middle, far)
  const from = Math.atan2(end[1] - middle[1], end[0] - middle[0])
  const sweep = (Math.atan2(start[1] - middle[1], start[0] - middle[0]) - from + 4 * Math.PI) % (2 * Math.PI)
  const arc = Array.from({ length: ARC - 1 }, (_, i): Pair => {
    const angle = from + (sweep * (i + 1)) / ARC
    // A little outside, for the chords of the arc to pass the area by.
    return [middle[0] + 1.1 * far * Math.cos(angle), middle[1] + 1.1 * far * Math.sin(angle)]
  })
  return [[[[...start], ...points.map(([x, y]): Pair => [x, y]), [...end], ...arc]]]
}

/** Where a ray leaves the circle. */
function onCircle(from: Position, [dx, dy]: Position, middle: Position, radius: number): Position {
  const step = Math.hypot(dx, dy)
  const [ux, uy] = [dx / step, dy / step]
  const [px, py] = [from[0] - middle[0], from[1] - middle[1]]
  const half = px * ux + py * uy
  const along = -half + Math.sqrt(Math.max(0, half * half - (px * px + py * py) + radius * radius))
  return [from[0] + along * ux, from[1] + along * uy]
}

/** The line as thin boxes, one a segment; each reaches a hair beyond its ends, so that they close at corners. */
function hairs(line: readonly Position[]): MultiPolygon[] {
  return line.slice(1).flatMap((to, i) => {
    const from = line[i]
    const step = from === undefined ? 0 : Math.hypot(to[0] - from[0], to[1] - from[1])
    if (from === undefined || step === 0) return []
    const [ux, uy] = [((to[0] - from[0]) / step) * HAIR, ((to[1] - from[1]) / step) * HAIR]
    const box: Pair[] = [
      [from[0] - ux - uy, from[1] - uy + ux],
      [from[0] - ux + uy, from[1] - uy - ux],
      [to[0] + ux + uy, to[1] + uy - ux],
      [to[0] + ux - uy, to[1] + uy + ux],
    ]
    return [[[box]]]
  })
}
