/**
 * Objectives and zoom. "20x" means 10 / 20 = 0.5 µm per CSS pixel; a zoom within 10 % of the scan's own
 * is snapped to exactly one level-0 pixel per CSS pixel. `resolution` is level-0 pixels per CSS pixel.
 */
import type { PixelSize, Slide } from './slide'
import { pixelSize } from './slide'

export const OBJECTIVES = [1, 2, 4, 10, 20, 40] as const

const SNAP = 0.1
const EXACT = 1e-4

/** One number for a pixel that may not be square: the geometric mean keeps areas right. */
export function meanMpp(size: PixelSize): number {
  return Math.sqrt(size.x * size.y)
}

/** Level-0 pixels per CSS pixel that show the slide as through this objective; null without a scale. */
export function resolutionForObjective(slide: Pick<Slide, 'mpp_x' | 'mpp_y'>, objective: number): number | null {
  const size = pixelSize(slide)
  if (size === null) return null
  const resolution = 10 / objective / meanMpp(size)
  return Math.abs(resolution - 1) <= SNAP ? 1 : resolution
}

/** Zoom steps of a slide without a scale, on the keys of the objectives: level-0 pixels per CSS pixel. */
const PLAIN_STEPS = [32, 16, 8, 4, 2, 1] as const

/** The resolutions behind the keys 1 to 6, coarsest first. */
export function stepResolutions(slide: Pick<Slide, 'mpp_x' | 'mpp_y'>): number[] {
  return OBJECTIVES.map((objective, i) => resolutionForObjective(slide, objective) ?? PLAIN_STEPS[i] ?? 1)
}

/** The next step nearer (1) or farther (-1); beyond the last one by halves and doubles. */
export function nextStep(steps: readonly number[], resolution: number, direction: 1 | -1): number {
  const near = 1.02
  if (direction === 1) return steps.find((step) => step < resolution / near) ?? resolution / 2
  return [...steps].reverse().find((step) => step > resolution * near) ?? resolution * 2
}

export interface Magnification {
  /** 20 for 20x; null when the slide has no scale. */
  objective: number | null
  /** CSS pixels per level-0 pixel, 1 at the scan's own resolution. */
  scale: number
  /** Only the pixel size is known, the objective follows from it: shown as "≈40x". */
  derived: boolean
  /** The screen shows more than was scanned. */
  beyondScan: boolean
}

/** What the screen says about the current zoom. */
export function magnification(
  slide: Pick<Slide, 'mpp_x' | 'mpp_y' | 'objective' | 'objective_derived'>,
  resolution: number,
): Magnification {
  const size = pixelSize(slide)
  const base = { scale: 1 / resolution, beyondScan: resolution < 1 - EXACT, derived: slide.objective_derived }
  if (size === null) return { ...base, objective: null }
  const measured = 10 / (meanMpp(size) * resolution)
  const native = slide.objective
  const atNative = Math.abs(resolution - 1) <= EXACT
  const nominal = native !== null && Math.abs(measured - native) <= native * SNAP
  return { ...base, objective: atNative && nominal ? native : measured }
}

/** "20x", "≈40x", "3.2x"; percent when the slide has no scale. */
export function magnificationText(value: Magnification, locale?: string): string {
  if (value.objective === null) {
    const digits = value.scale < 0.1 ? 1 : 0
    return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits }).format(value.scale)
  }
  const near = Math.round(value.objective)
  const whole = near >= 1 && Math.abs(value.objective - near) < near * 0.005
  const format = new Intl.NumberFormat(locale, whole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 2 })
  const digits = whole || value.objective < 10 ? format.format(value.objective) : threeDigits(value.objective, locale)
  return `${value.derived ? '≈' : ''}${digits}x`
}

function threeDigits(value: number, locale?: string): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(value)
}
