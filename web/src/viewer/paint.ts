/**
 * Draws a plan onto a canvas. Tile edges are snapped to whole device pixels in a slide-aligned space, so
 * that neighbours meet without a seam and 1:1 is exact; a freely rotated view is drawn unrotated first.
 */
import { type Camera, type Extent, quarterTurns } from '../model/frame'
import type { Region } from '../model/pyramid'

/** A tile image and the part of the slide it shows. */
export interface Piece {
  image: ImageBitmap
  sourceWidth: number
  sourceHeight: number
  region: Region
}

export interface Picture {
  slide: Extent
  /** Bottom to top: coarse stand-ins first, the sharp tiles last. */
  pieces: readonly Piece[]
  /** Regions whose tile failed. */
  missing: readonly Region[]
}

export interface PaintStyle {
  /** Slide area that nothing is known of yet. */
  waiting: string
  hatch: string
  hatchBack: string
  missingText: string
  font: string
}

/** From this many device pixels per level-0 pixel the pixels themselves are shown, not a blur. */
const SHOW_PIXELS_FROM = 3

type Matrix = readonly [number, number, number, number, number, number]

/** Maps slide pixels to whole device pixels around the centre of the view. */
export class Snapper {
  constructor(
    private readonly camera: Camera,
    private readonly scale: number,
    private readonly parityX: number,
    private readonly parityY: number,
  ) {}

  rect(region: Region): { x: number; y: number; width: number; height: number } {
    const x = this.x(region.left)
    const y = this.y(region.top)
    return { x, y, width: this.x(region.right) - x, height: this.y(region.bottom) - y }
  }

  private x(value: number): number {
    return Math.round((value - this.camera.x) * this.scale - this.parityX) + this.parityX
  }

  private y(value: number): number {
    return Math.round((value - this.camera.y) * this.scale - this.parityY) + this.parityY
  }
}

export class Painter {
  private scratch: HTMLCanvasElement | null = null
  private pattern: { key: string; canvas: HTMLCanvasElement } | null = null

  /** Draw; `ratio` is device pixels per CSS pixel, the canvas already has its size in device pixels. */
  paint(context: CanvasRenderingContext2D, picture: Picture, camera: Camera, ratio: number, style: PaintStyle): void {
    const { width, height } = context.canvas
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    const turns = quarterTurns(camera.rotation)
    const matrix = baseMatrix(camera, width, height)
    const scale = ratio / camera.resolution
    if (turns !== null) {
      const odd = turns % 2 === 1
      const snap = new Snapper(camera, scale, (odd ? height : width) % 2 === 1 ? 0.5 : 0, (odd ? width : height) % 2 === 1 ? 0.5 : 0)
      this.draw(context, matrix, snap, picture, scale, ratio, style)
    } else {
      const side = 2 * Math.ceil(Math.hypot(width, height) / 2)
      const scratch = this.scratchOf(side)
      const snap = new Snapper(camera, scale, 0, 0)
      scratch.setTransform(1, 0, 0, 1, 0, 0)
      scratch.clearRect(0, 0, side, side)
      this.draw(scratch, [1, 0, 0, 1, side / 2, side / 2], snap, picture, scale, ratio, style)
      context.setTransform(...matrix)
      context.imageSmoothingEnabled = true
      context.drawImage(scratch.canvas, -side / 2, -side / 2)
    }
    context.setTransform(1, 0, 0, 1, 0, 0)
    if (picture.missing.length > 0) nameMissing(context, picture.missing, matrix, camera, scale, ratio, style)
  }

  private draw(
    context: CanvasRenderingContext2D,
    matrix: Matrix,
    snap: Snapper,
    picture: Picture,
    scale: number,
    ratio: number,
    style: PaintStyle,
  ): void {
    context.setTransform(...matrix)
    context.imageSmoothingEnabled = scale < SHOW_PIXELS_FROM
    context.imageSmoothingQuality = 'low'
    context.fillStyle = style.waiting
    const whole = snap.rect({ left: 0, top: 0, right: picture.slide.width, bottom: picture.slide.height })
    context.fillRect(whole.x, whole.y, whole.width, whole.height)
    for (const piece of picture.pieces) {
      const at = snap.rect(piece.region)
      if (at.width <= 0 || at.height <= 0) continue
      context.drawImage(piece.image, 0, 0, piece.sourceWidth, piece.sourceHeight, at.x, at.y, at.width, at.height)
    }
    for (const region of picture.missing) this.hatch(context, matrix, snap.rect(region), ratio, style)
  }

  private hatch(
    context: CanvasRenderingContext2D,
    matrix: Matrix,
    at: { x: number; y: number; width: number; height: number },
    ratio: number,
    style: PaintStyle,
  ): void {
    const fill = context.createPattern(this.hatchCanvas(ratio, style), 'repeat')
    if (fill === null) return
    // The pattern starts at the tile's corner, so that it moves with the tissue.
    context.setTransform(...matrix)
    context.translate(at.x, at.y)
    context.fillStyle = fill
    context.fillRect(0, 0, at.width, at.height)
    context.setTransform(...matrix)
  }

  private hatchCanvas(ratio: number, style: PaintStyle): HTMLCanvasElement {
    const key = `${ratio}|${style.hatch}|${style.hatchBack}`
    if (this.pattern?.key === key) return this.pattern.canvas
    const side = Math.round(14 * ratio)
    const canvas = document.createElement('canvas')
    canvas.width = side
    canvas.height = side
    const context = canvas.getContext('2d')
    if (context !== null) {
      context.fillStyle = style.hatchBack
      context.fillRect(0, 0, side, side)
      context.strokeStyle = style.hatch
      context.lineWidth = 2 * ratio
      context.beginPath()
      for (const offset of [-side, 0, side]) {
        context.moveTo(offset - 2, side + 2)
        context.lineTo(offset + side + 2, -2)
      }
      context.stroke()
    }
    this.pattern = { key, canvas }
    return canvas
  }

  private scratchOf(side: number): CanvasRenderingContext2D {
    if (this.scratch === null) this.scratch = document.createElement('canvas')
    if (this.scratch.width !== side) {
      this.scratch.width = side
      this.scratch.height = side
    }
    return contextOf(this.scratch)
  }
}

/** The drawing context of a canvas; there is no viewer without one. */
export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('this browser has no canvas')
  return context
}

/** From slide-aligned device pixels around the centre to the canvas; quarter turns without rounding errors. */
export function baseMatrix(camera: Camera, width: number, height: number): Matrix {
  const turns = quarterTurns(camera.rotation)
  const cos = turns === null ? Math.cos(camera.rotation) : ([1, 0, -1, 0][turns] as number)
  const sin = turns === null ? Math.sin(camera.rotation) : ([0, 1, 0, -1][turns] as number)
  const flip = camera.mirrored ? -1 : 1
  return [cos * flip, sin * flip, -sin, cos, width / 2, height / 2]
}

/** Write "missing" upright into each failed tile that has room for it. */
function nameMissing(
  context: CanvasRenderingContext2D,
  missing: readonly Region[],
  matrix: Matrix,
  camera: Camera,
  scale: number,
  ratio: number,
  style: PaintStyle,
): void {
  context.font = `${12 * ratio}px ${style.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  const padding = 6 * ratio
  const wide = context.measureText(style.missingText).width + 2 * padding
  const high = 20 * ratio
  for (const region of missing) {
    const width = (region.right - region.left) * scale
    const height = (region.bottom - region.top) * scale
    if (Math.min(width, height) < wide) continue
    const px = ((region.left + region.right) / 2 - camera.x) * scale
    const py = ((region.top + region.bottom) / 2 - camera.y) * scale
    const x = matrix[0] * px + matrix[2] * py + matrix[4]
    const y = matrix[1] * px + matrix[3] * py + matrix[5]
    context.fillStyle = style.hatchBack
    context.fillRect(x - wide / 2, y - high / 2, wide, high)
    context.fillStyle = style.hatch
    context.fillText(style.missingText, x, y)
  }
}
