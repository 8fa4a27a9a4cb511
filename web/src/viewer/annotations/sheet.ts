/**
 * A picture of what seldom changes, kept while the slide moves: drawing ten thousand outlines takes longer than a
 * frame, moving their picture does not. It is made again when the slide rests, or when what is seen has left it.
 */
import type { Extent } from '../../model/frame'
import { between, type Lens } from './lens'

/** Drawing faster than this needs no kept picture. */
const QUICK_MS = 5
/** How long the slide must rest before a picture made elsewhere is made again. */
const REST_MS = 110
/** The kept picture reaches beyond the view by this share of it on each side. */
const RIM = 0.3
/** Beyond this much zoom a kept picture is too coarse, or shows too little. */
const MOST_ZOOM = 1.6

interface Kept {
  readonly canvas: HTMLCanvasElement
  readonly lens: Lens
  readonly revision: unknown
}

export class Sheet {
  private kept: Kept | null = null
  private canvas: HTMLCanvasElement | null = null
  private cost = 0
  private timer: ReturnType<typeof setTimeout> | null = null

  constructor(
    private readonly paint: (context: CanvasRenderingContext2D, lens: Lens) => void,
    /** Ask for another frame. */
    private readonly again: () => void,
  ) {}

  /** Draw what `paint` draws; `revision` is another object whenever that would look different. */
  draw(context: CanvasRenderingContext2D, lens: Lens, revision: unknown): void {
    if (this.cost < QUICK_MS) {
      this.direct(context, lens)
      return
    }
    const { kept } = this
    if (kept === null || kept.revision !== revision || !serves(kept.lens, lens)) this.make(lens, revision)
    else if (!same(kept.lens, lens)) this.later()
    if (this.kept !== null) show(context, this.kept, lens)
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.kept = null
  }

  private direct(context: CanvasRenderingContext2D, lens: Lens): void {
    const began = performance.now()
    this.paint(context, lens)
    this.cost = performance.now() - began
  }

  private make(lens: Lens, revision: unknown): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    const wide = widened(lens)
    const canvas = (this.canvas ??= document.createElement('canvas'))
    const [width, height] = [Math.ceil(wide.viewport.width * lens.ratio), Math.ceil(wide.viewport.height * lens.ratio)]
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
    const context = canvas.getContext('2d')
    if (context === null) return
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    this.direct(context, wide)
    this.kept = { canvas, lens: wide, revision }
  }

  private later(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.timer = null
      this.kept = null
      this.again()
    }, REST_MS)
  }
}

function widened(lens: Lens): Lens {
  // As many whole pixels on either side, so that a picture of a view that has not moved is not smeared.
  const side = (length: number) => length + 2 * Math.ceil(length * RIM)
  return { ...lens, viewport: { width: side(lens.viewport.width), height: side(lens.viewport.height) } }
}

/** Whether a picture made under one lens can stand in for what another shows. */
export function serves(kept: Lens, now: Lens): boolean {
  const zoom = kept.camera.resolution / now.camera.resolution
  if (kept.ratio !== now.ratio || kept.camera.mirrored !== now.camera.mirrored) return false
  if (zoom > MOST_ZOOM || zoom < 1 / MOST_ZOOM) return false
  const [a, b, c, d, e, f] = between(kept, now)
  const area = a * d - b * c
  // Every corner of the view must lie on the picture.
  return corners(now.viewport).every(([x, y]) => {
    const px = (d * (x - e) - c * (y - f)) / area
    const py = (a * (y - f) - b * (x - e)) / area
    return Math.abs(px) <= kept.viewport.width / 2 && Math.abs(py) <= kept.viewport.height / 2
  })
}

function corners({ width, height }: Extent): [number, number][] {
  return [[0, 0], [width, 0], [width, height], [0, height]]
}

function same(kept: Lens, now: Lens): boolean {
  const [one, other] = [kept.camera, now.camera]
  return one.x === other.x && one.y === other.y && one.resolution === other.resolution && one.rotation === other.rotation
}

function show(context: CanvasRenderingContext2D, kept: Kept, lens: Lens): void {
  const { ratio } = lens
  const [a, b, c, d, e, f] = between(kept.lens, lens)
  context.setTransform(a * ratio, b * ratio, c * ratio, d * ratio, e * ratio, f * ratio)
  const { width, height } = kept.lens.viewport
  context.drawImage(kept.canvas, -width / 2, -height / 2, kept.canvas.width / ratio, kept.canvas.height / ratio)
}
