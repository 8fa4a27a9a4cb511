/**
 * Counting in a known area: a frame, or a number of high-power fields. A field's diameter is the field number of the
 * eyepiece over the objective's magnification, so 10 fields at 40x are 2.37 mm² with field number 22.
 */
import type { PixelSize } from '../slide'
import { contains, area } from './shapes'
import type { Annotation, Geometry, Position } from './types'

const UM2_PER_MM2 = 1e6
export const DEFAULT_FIELD_NUMBER = 22
export const DEFAULT_OBJECTIVE = 40
/** Properties by which a frame and its tallies are known among all annotations. */
export const FRAME = 'counting_frame'
export const TALLY = 'counting_tally'

export interface Fields {
  /** How many fields; 10 by custom for mitoses. */
  readonly count: number
  /** Diameter of the eyepiece's field in millimetres. */
  readonly fieldNumber: number
  readonly objective: number
}

/** Area of one field, mm². */
export function fieldArea({ fieldNumber, objective }: Omit<Fields, 'count'>): number {
  return Math.PI * (fieldNumber / objective / 2) ** 2
}

export function fieldsArea(fields: Fields): number {
  return fields.count * fieldArea(fields)
}

/** Area of a drawn frame, mm²; null without a known pixel size: then nothing per area can be said. */
export function frameArea(frame: Geometry, size: PixelSize | null): number | null {
  return size === null ? null : area(frame, size) / UM2_PER_MM2
}

/** A square frame of an area (mm²) around a point. */
export function frameAround([x, y]: Position, areaMm2: number, size: PixelSize): Geometry {
  const side = Math.sqrt(areaMm2 * UM2_PER_MM2)
  const [width, height] = [side / size.x, side / size.y]
  return { kind: 'rectangle', x: x - width / 2, y: y - height / 2, width, height, rotation: 0 }
}

/** One high-power field around a point, as a circle on the slide. */
export function fieldAround([cx, cy]: Position, field: Omit<Fields, 'count'>, size: PixelSize): Geometry {
  const radius = Math.sqrt(fieldArea(field) / Math.PI) * 1000
  return { kind: 'ellipse', cx, cy, rx: radius / size.x, ry: radius / size.y, rotation: 0 }
}

/** How many points of a tally lie in the frames; without frames all count. */
export function tally(points: Iterable<Annotation>, frames: readonly Geometry[]): number {
  let count = 0
  for (const { geometry } of points) {
    const at = geometry.kind === 'multipoint' ? geometry.points : geometry.kind === 'point' ? [geometry.at] : []
    for (const point of at) if (frames.length === 0 || frames.some((frame) => contains(frame, point))) count += 1
  }
  return count
}

export interface Count {
  readonly n: number
  readonly area_mm2: number | null
  readonly per_mm2: number | null
}

export function countOf(n: number, areaMm2: number | null): Count {
  return { n, area_mm2: areaMm2, per_mm2: areaMm2 === null || areaMm2 === 0 ? null : n / areaMm2 }
}

/**
 * The share of positives among all (Ki-67) with its 95 % interval by Wilson (1927), which holds for few cells, too.
 * Null before anything is counted.
 */
export function percentage(positive: number, negative: number): { part: number; low: number; high: number } | null {
  const n = positive + negative
  if (n === 0) return null
  const z = 1.959964
  const part = positive / n
  const middle = (part + (z * z) / (2 * n)) / (1 + (z * z) / n)
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((part * (1 - part)) / n + (z * z) / (4 * n * n))
  return { part, low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

/** A count as measurements of its frame: it stays with it and is exported with it. */
export function countMeasurements(tallies: ReadonlyMap<string, number>, areaMm2: number | null): Record<string, number> {
  const values: Record<string, number> = areaMm2 === null ? {} : { 'area (mm²)': areaMm2 }
  for (const [name, n] of tallies) {
    values[`${name} (n)`] = n
    if (areaMm2 !== null && areaMm2 > 0) values[`${name} (n/mm²)`] = n / areaMm2
  }
  const [first, second] = [...tallies.values()]
  if (tallies.size === 2 && first !== undefined && second !== undefined && first + second > 0) {
    values[`${[...tallies.keys()][0] ?? ''} (%)`] = (100 * first) / (first + second)
  }
  return values
}
