/** Lengths and areas in the real world. Points are level-0 pixels; x and y pixel sizes are used apart. */
import type { Point } from './frame'
import type { PixelSize } from './slide'

/** Length of a line through the points, in micrometres. */
export function lengthUm(points: readonly Point[], size: PixelSize): number {
  let total = 0
  for (let i = 1; i < points.length; i++) {
    const from = points[i - 1] as Point
    const to = points[i] as Point
    total += Math.hypot((to.x - from.x) * size.x, (to.y - from.y) * size.y)
  }
  return total
}

/** Area enclosed by the points, in square micrometres. */
export function areaUm2(points: readonly Point[], size: PixelSize): number {
  let twice = 0
  points.forEach((point, i) => {
    const next = points[(i + 1) % points.length] as Point
    twice += point.x * next.y - next.x * point.y
  })
  return (Math.abs(twice) / 2) * size.x * size.y
}

/** Length of the outline, in micrometres. */
export function perimeterUm(points: readonly Point[], size: PixelSize): number {
  const first = points[0]
  return first === undefined ? 0 : lengthUm([...points, first], size)
}

export interface ScaleBar {
  /** Length on the screen in CSS pixels. */
  width: number
  /** Length on the slide in micrometres: 1, 2 or 5 times a power of ten. */
  um: number
}

/**
 * A scale bar of a round length (1, 2 or 5 times a power of ten) that is at most `widest` CSS pixels.
 * The bar lies across the screen, so with different pixel sizes its direction on the slide matters.
 */
export function scaleBar(
  size: PixelSize,
  resolution: number,
  rotation: number,
  widest: number,
): ScaleBar {
  const umPerCssPixel = Math.hypot(Math.cos(rotation) * size.x, Math.sin(rotation) * size.y) * resolution
  const most = umPerCssPixel * widest
  const decade = 10 ** Math.floor(Math.log10(most))
  const round = [5, 2, 1].map((step) => step * decade).find((um) => um <= most * (1 + 1e-9)) ?? decade
  return { width: round / umPerCssPixel, um: round }
}
