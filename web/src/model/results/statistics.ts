/** Histograms, counts and means of columns: of all objects, or of those with a flag. */
import type { Values } from './columns'

export const BINS = 64

export interface Histogram {
  readonly min: number
  readonly max: number
  readonly counts: readonly number[]
}

/** How the values lie between `min` and `max`; with `flags`, of the objects that have all bits of `flag` only. */
export function histogram(values: Values, min: number, max: number, flags?: Uint8Array, flag = 0, bins = BINS): Histogram {
  const counts = new Array<number>(bins).fill(0)
  const scale = max > min ? bins / (max - min) : 0
  for (let i = 0; i < values.length; i++) {
    if (flags !== undefined && ((flags[i] as number) & flag) !== flag) continue
    const value = values[i] as number
    if (!(value >= min && value <= max)) continue
    const bin = Math.min(bins - 1, Math.floor((value - min) * scale))
    counts[bin] = (counts[bin] as number) + 1
  }
  return { min, max, counts }
}

/** How many objects each category has; the last count is of those without one. */
export function categoryCounts(codes: Values, categories: number, flags?: Uint8Array, flag = 0): number[] {
  const counts = new Array<number>(categories + 1).fill(0)
  for (let i = 0; i < codes.length; i++) {
    if (flags !== undefined && ((flags[i] as number) & flag) !== flag) continue
    const code = Math.min(codes[i] as number, categories)
    counts[code] = (counts[code] as number) + 1
  }
  return counts
}

export interface Moments {
  /** Objects that have a value. */
  readonly count: number
  readonly mean: number | null
  readonly sd: number | null
  readonly min: number | null
  readonly max: number | null
}

/** Mean, sample standard deviation and range, in one pass (B. P. Welford, Technometrics 4, 1962). */
export function moments(values: Values, flags?: Uint8Array, flag = 0): Moments {
  let count = 0
  let mean = 0
  let squares = 0
  let min = Infinity
  let max = -Infinity
  for (let i = 0; i < values.length; i++) {
    if (flags !== undefined && ((flags[i] as number) & flag) !== flag) continue
    const value = values[i] as number
    if (Number.isNaN(value)) continue
    count++
    const step = value - mean
    mean += step / count
    squares += step * (value - mean)
    if (value < min) min = value
    if (value > max) max = value
  }
  if (count === 0) return { count, mean: null, sd: null, min: null, max: null }
  return { count, mean, sd: count > 1 ? Math.sqrt(squares / (count - 1)) : null, min, max }
}
