/**
 * How two slides lie on each other. An alignment takes level-0 pixels of one slide to level-0 pixels of
 * another by turning, scaling, moving and, for a section laid face down, mirroring: never by shearing, because
 * two clicks that are a little off must not bend tissue.
 */
import { type Camera, type Extent, normalAngle, type Point } from './frame'
import { meanMpp } from './magnification'
import { pixelSize } from './slide'

/** x' = a x + c y + e, y' = b x + d y + f: the order of SVG and canvas. */
export type Matrix = readonly [number, number, number, number, number, number]

/** Where the same tissue lies: x1, y1 on the one slide, x2, y2 on the other. */
export type PointPair = readonly [number, number, number, number]

export const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0]

export function apply([a, b, c, d, e, f]: Matrix, { x, y }: Point): Point {
  return { x: a * x + c * y + e, y: b * x + d * y + f }
}

/** First `inner`, then `outer`. */
export function compose(outer: Matrix, inner: Matrix): Matrix {
  const [a, b, c, d] = outer
  const origin = apply(outer, { x: inner[4], y: inner[5] })
  return [
    a * inner[0] + c * inner[1],
    b * inner[0] + d * inner[1],
    a * inner[2] + c * inner[3],
    b * inner[2] + d * inner[3],
    origin.x,
    origin.y,
  ]
}

/** The way back. */
export function inverse([a, b, c, d, e, f]: Matrix): Matrix {
  const area = a * d - b * c
  if (area === 0) throw new Error('a matrix without area has no inverse')
  return [d / area, -b / area, -c / area, a / area, (c * f - d * e) / area, (b * e - a * f) / area]
}

/** Pixels of the other slide for one pixel of this one. */
export function scaleOf([a, b, c, d]: Matrix): number {
  return Math.sqrt(Math.abs(a * d - b * c))
}

export function mirrors([a, b, c, d]: Matrix): boolean {
  return a * d - b * c < 0
}

/** Whether six numbers are an alignment: finite, and neither flat nor sheared beyond rounding. */
export function isAlignment(matrix: readonly number[]): matrix is Matrix {
  if (matrix.length !== 6 || !matrix.every(Number.isFinite)) return false
  const [a = 0, b = 0, c = 0, d = 0] = matrix
  const along = Math.hypot(a, b)
  const down = Math.hypot(c, d)
  return along > 0 && Math.abs(along - down) <= 1e-3 * along && Math.abs(a * c + b * d) <= 1e-3 * along * down
}

interface Fit {
  matrix: Matrix
  /** Sum of squared distances that remain, in pixels of the other slide. */
  error: number
}

/**
 * The alignment that takes the first points of `pairs` closest to the second ones.
 *
 * Two pairs fit both ways round; then `mirrored` says which is meant. From three pairs on that do not lie on
 * a line, the points say it themselves. Null when the points say nothing: fewer than two, or all in one place.
 */
export function alignmentFrom(pairs: readonly PointPair[], mirrored: boolean): Matrix | null {
  const asLaid = fit(pairs, false)
  const turnedOver = fit(pairs, true)
  if (asLaid === null || turnedOver === null) return null
  const wanted = mirrored ? turnedOver : asLaid
  const other = mirrored ? asLaid : turnedOver
  // What rounding leaves over is no evidence: points on a line, as two always are, fit both ways.
  return other.error < wanted.error * 0.5 && wanted.error > 1e-9 * spread(pairs) ? other.matrix : wanted.matrix
}

/** How far the pairs are from an alignment, as the root of the mean square, in pixels of the other slide. */
export function misfit(matrix: Matrix, pairs: readonly PointPair[]): number {
  if (pairs.length === 0) return 0
  const sum = pairs.reduce((total, [x, y, u, v]) => {
    const at = apply(matrix, { x, y })
    return total + (at.x - u) ** 2 + (at.y - v) ** 2
  }, 0)
  return Math.sqrt(sum / pairs.length)
}

/** Least squares in closed form (Umeyama 1991, in two dimensions): complex numbers w = alpha z + beta. */
function fit(pairs: readonly PointPair[], mirrored: boolean): Fit | null {
  if (pairs.length < 2) return null
  const sign = mirrored ? -1 : 1
  const mean = [0, 1, 2, 3].map((i) => pairs.reduce((sum, pair) => sum + (pair[i] ?? 0), 0) / pairs.length)
  const [mx = 0, my = 0, mu = 0, mv = 0] = mean
  let real = 0
  let imaginary = 0
  let size = 0
  for (const [x, y, u, v] of pairs) {
    const px = x - mx
    const py = sign * (y - my)
    real += px * (u - mu) + py * (v - mv)
    imaginary += px * (v - mv) - py * (u - mu)
    size += px * px + py * py
  }
  const a = real / size
  const b = imaginary / size
  if (size === 0 || Math.hypot(a, b) < 1e-9) return null
  const c = -b * sign
  const d = a * sign
  const matrix: Matrix = [a, b, c, d, mu - a * mx - c * my, mv - b * mx - d * my]
  return { matrix, error: misfit(matrix, pairs) ** 2 * pairs.length }
}

function spread(pairs: readonly PointPair[]): number {
  const [, , u = 0, v = 0] = pairs[0] ?? []
  return pairs.reduce((sum, pair) => sum + (pair[2] - u) ** 2 + (pair[3] - v) ** 2, 0)
}

/** What is known of a slide before anybody aligned it. */
export interface Placed extends Extent {
  mpp_x: number | null
  mpp_y: number | null
}

/** Without any points: the middles lie on each other, at the same size in micrometres. */
export function alignmentByCentre(from: Placed, to: Placed): Matrix {
  const one = pixelSize(from)
  const other = pixelSize(to)
  const known = one !== null && other !== null
  // Nobody knows the size of one of them: then the same share of the slide is as good a guess as any.
  const scale = known ? meanMpp(one) / meanMpp(other) : Math.max(to.width, to.height) / Math.max(from.width, from.height, 1)
  return [scale, 0, 0, scale, to.width / 2 - (from.width / 2) * scale, to.height / 2 - (from.height / 2) * scale]
}

/** Slide pixels to CSS pixels around the middle of the view. */
function lens({ x, y, resolution, rotation, mirrored }: Camera): Matrix {
  const cos = Math.cos(rotation) / resolution
  const sin = Math.sin(rotation) / resolution
  const flip = mirrored ? -1 : 1
  return [cos * flip, sin * flip, -sin, cos, -cos * flip * x + sin * y, -sin * flip * x - cos * y]
}

/** The alignment under which two views show the same tissue at the same place. */
export function alignmentBySight(from: Camera, to: Camera): Matrix {
  return compose(inverse(lens(to)), lens(from))
}

/** The view of the other slide that shows the same tissue at the same place, turned and mirrored alike. */
export function alignedCamera(alignment: Matrix, camera: Camera): Camera {
  const [p, q, r, s] = compose(lens({ ...camera, x: 0, y: 0 }), inverse([...linear(alignment), 0, 0]))
  const mirrored = p * s - q * r < 0
  return {
    ...apply(alignment, camera),
    resolution: camera.resolution * scaleOf(alignment),
    // A mirrored view has its x axis the other way round.
    rotation: normalAngle(mirrored ? Math.atan2(-q, -p) : Math.atan2(q, p)),
    mirrored,
  }
}

function linear([a, b, c, d]: Matrix): [number, number, number, number] {
  return [a, b, c, d]
}
