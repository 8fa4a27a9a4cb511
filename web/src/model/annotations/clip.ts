/**
 * The plane sweep of Martinez, Rueda and Feito (2009), package polygon-clipping, made dependable: it trips over points that
 * differ by the dust of arithmetic, so that everything it gets lies on a fine grid, and on a coarser one if it trips still.
 */
import clipping, { type MultiPolygon, type Pair } from 'polygon-clipping'

import { toPolygons } from './outline'
import { ringArea } from './sizes'
import type { Geometry, Rings } from './types'

export type { MultiPolygon, Pair } from 'polygon-clipping'

/** Steps a pixel; drawn geometry is kept to 1/256. */
const GRIDS = [4096, 1024, 256, 64] as const
/** Less than this is a splinter that rounding left behind, square pixels. */
const SPLINTER = 1 / 256

type Operation = 'union' | 'difference' | 'intersection'

export function clip(operation: Operation, first: MultiPolygon, ...rest: readonly MultiPolygon[]): MultiPolygon {
  let problem = new Error('no grid was tried')
  for (const steps of GRIDS) {
    try {
      return clipping[operation](onGrid(first, steps), ...rest.map((one) => onGrid(one, steps)))
    } catch (error) {
      problem = error instanceof Error ? error : new Error(String(error))
    }
  }
  throw problem
}

function onGrid(shape: MultiPolygon, steps: number): MultiPolygon {
  return shape.map((rings) => rings.map((ring) => ring.map(([x, y]): Pair => [Math.round(x * steps) / steps, Math.round(y * steps) / steps])))
}

/** An area as the sweep takes it; nothing for shapes that enclose nothing. */
export function taken(geometry: Geometry): MultiPolygon {
  return toPolygons(geometry).map((rings) => rings.map((ring) => ring.map(([x, y]): Pair => [x, y])))
}

/** Rings as we keep them: not closed, splinters dropped. */
export function given(result: MultiPolygon): Rings[] {
  const open = result.map((rings) => rings.map((ring) => ring.slice(0, -1)))
  const real = (ring: Pair[]): boolean => ring.length >= 3 && ringArea(ring) >= SPLINTER
  return open.filter(([outline]) => outline !== undefined && real(outline)).map((rings) => rings.filter(real))
}
