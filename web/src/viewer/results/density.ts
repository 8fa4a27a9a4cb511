/**
 * The picture of a layer where single outlines would be smaller than a pixel: every object is a spot at its middle,
 * spots that meet grow opaque, and their colours are averaged. It is exact: every object is in it, every filter too.
 */
import { SELECTED, SHOWN } from '../../model/results/filters'
import { type Palette, rgbOf } from '../../model/results/colouring'
import { SELECTED_COLOUR } from './shapes'

/** Middles of objects in 1/65,536 of the slide's width and height; objects that lie together stand together. */
export class Centroids {
  private readonly boxes: Uint16Array
  private boxed = 0
  /** How many have arrived. */
  arrived = 0
  readonly xy: Uint16Array

  constructor(
    readonly count: number,
    readonly width: number,
    readonly height: number,
  ) {
    this.xy = new Uint16Array(2 * count)
    this.boxes = new Uint16Array(4 * Math.ceil(count / BLOCK))
  }

  /** The next ones have come. */
  add(part: Uint16Array): void {
    this.xy.set(part.subarray(0, this.xy.length - 2 * this.arrived), 2 * this.arrived)
    this.arrived = Math.min(this.count, this.arrived + part.length / 2)
    const whole = this.arrived === this.count ? Math.ceil(this.count / BLOCK) : Math.floor(this.arrived / BLOCK)
    for (; this.boxed < whole; this.boxed++) this.box(this.boxed)
  }

  /** Call `visit` with the runs of objects of which some may lie in the region (slide pixels). */
  near(left: number, top: number, right: number, bottom: number, visit: (from: number, to: number) => void): void {
    const toX = FULL / this.width
    const toY = FULL / this.height
    for (let block = 0; block < this.boxed; block++) {
      const at = 4 * block
      if ((this.boxes[at] as number) > right * toX || (this.boxes[at + 2] as number) < left * toX) continue
      if ((this.boxes[at + 1] as number) > bottom * toY || (this.boxes[at + 3] as number) < top * toY) continue
      visit(block * BLOCK, Math.min((block + 1) * BLOCK, this.count))
    }
    if (this.boxed * BLOCK < this.arrived) visit(this.boxed * BLOCK, this.arrived)
  }

  private box(block: number): void {
    const box = [LAST, LAST, 0, 0]
    for (let i = block * BLOCK; i < Math.min((block + 1) * BLOCK, this.count); i++) {
      const x = this.xy[2 * i] as number
      const y = this.xy[2 * i + 1] as number
      if (x < (box[0] as number)) box[0] = x
      if (y < (box[1] as number)) box[1] = y
      if (x > (box[2] as number)) box[2] = x
      if (y > (box[3] as number)) box[3] = y
    }
    this.boxes.set(box, 4 * block)
  }
}

const BLOCK = 1024
const FULL = 65_536
const LAST = FULL - 1
const ALPHA = 0.6
const LARGEST_SPOT_PX = 6

export interface DensityInk {
  readonly palette: Palette
  /** The place in the palette of each; null: all are at `place`. */
  readonly places: Uint16Array | null
  readonly place: number
  readonly flags: Uint8Array
  readonly objectPx: number
}

/** The spots of a square of `side` pixels, each `downsample` slide pixels wide, as RGBA. */
export function paintDensity(
  centroids: Centroids,
  left: number,
  top: number,
  downsample: number,
  side: number,
  ink: DensityInk,
): Uint8ClampedArray<ArrayBuffer> {
  const spot = Math.min(Math.max(Math.round(ink.objectPx), 1), LARGEST_SPOT_PX)
  const half = (spot - 1) / 2
  const hits = new Uint16Array(side * side)
  const marked = new Uint8Array(side * side)
  const channels = ink.palette.ordered ? 1 : 3
  const sums = new Float32Array(side * side * channels)
  const { xy } = centroids
  const { flags, places, palette } = ink
  const { rgb } = palette
  const unknown = palette.css.length - 1
  // How many of the spots at a pixel have a value: only those say what colour it has.
  const valued = palette.ordered ? new Uint16Array(side * side) : null
  const scaleX = centroids.width / FULL / downsample
  const scaleY = centroids.height / FULL / downsample
  const offsetX = left / downsample + half
  const offsetY = top / downsample + half
  const margin = spot * downsample
  const reach = side * downsample + margin
  centroids.near(left - margin, top - margin, left + reach, top + reach, (from, to) => {
    for (let i = from; i < to; i++) {
      const flag = flags[i] as number
      if ((flag & SHOWN) === 0) continue
      const x0 = Math.floor((xy[2 * i] as number) * scaleX - offsetX)
      const y0 = Math.floor((xy[2 * i + 1] as number) * scaleY - offsetY)
      if (x0 <= -spot || y0 <= -spot || x0 >= side || y0 >= side) continue
      const place = places === null ? ink.place : (places[i] as number)
      const xEnd = Math.min(x0 + spot, side)
      const yEnd = Math.min(y0 + spot, side)
      for (let y = Math.max(y0, 0); y < yEnd; y++) {
        for (let x = Math.max(x0, 0); x < xEnd; x++) {
          const at = y * side + x
          hits[at] = (hits[at] as number) + 1
          if ((flag & SELECTED) !== 0) marked[at] = 1
          if (valued === null) {
            sums[3 * at] = (sums[3 * at] as number) + (rgb[3 * place] as number)
            sums[3 * at + 1] = (sums[3 * at + 1] as number) + (rgb[3 * place + 1] as number)
            sums[3 * at + 2] = (sums[3 * at + 2] as number) + (rgb[3 * place + 2] as number)
          } else if (place !== unknown) {
            valued[at] = (valued[at] as number) + 1
            sums[at] = (sums[at] as number) + place
          }
        }
      }
    }
  })
  return coloured(side, hits, marked, sums, valued, palette)
}

const OPACITY = Uint8Array.from({ length: 17 }, (_, n) => Math.round(255 * (1 - (1 - ALPHA) ** n)))
const MARK = rgbOf(SELECTED_COLOUR)

function coloured(
  side: number,
  hits: Uint16Array,
  marked: Uint8Array,
  sums: Float32Array,
  valued: Uint16Array | null,
  { rgb, css }: Palette,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * side * side)
  for (let at = 0; at < side * side; at++) {
    const count = hits[at] as number
    if (count === 0) continue
    const to = 4 * at
    if (marked[at] === 1) pixels.set(MARK, to)
    else if (valued === null) {
      pixels[to] = (sums[3 * at] as number) / count
      pixels[to + 1] = (sums[3 * at + 1] as number) / count
      pixels[to + 2] = (sums[3 * at + 2] as number) / count
    } else {
      const known = valued[at] as number
      const place = known === 0 ? css.length - 1 : Math.round((sums[at] as number) / known)
      pixels[to] = rgb[3 * place] as number
      pixels[to + 1] = rgb[3 * place + 1] as number
      pixels[to + 2] = rgb[3 * place + 2] as number
    }
    pixels[to + 3] = marked[at] === 1 ? 255 : (OPACITY[Math.min(count, 16)] as number)
  }
  return pixels
}

/** The shown object whose middle is nearest to a place (slide pixels), within `reach`; null when there is none. */
export function nearestObject(centroids: Centroids, x: number, y: number, reach: number, flags: Uint8Array): number | null {
  let best: number | null = null
  let least = reach
  const toX = centroids.width / FULL
  const toY = centroids.height / FULL
  centroids.near(x - reach, y - reach, x + reach, y + reach, (from, to) => {
    for (let i = from; i < to; i++) {
      if (((flags[i] as number) & SHOWN) === 0) continue
      const distance = Math.hypot((centroids.xy[2 * i] as number) * toX - x, (centroids.xy[2 * i + 1] as number) * toY - y)
      if (distance <= least) {
        least = distance
        best = i
      }
    }
  })
  return best
}
