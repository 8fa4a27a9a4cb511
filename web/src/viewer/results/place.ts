/** Puts see-through bitmaps over the slide: edges on whole device pixels, so that neighbours meet without a seam. */
import { type Camera, quarterTurns } from '../../model/frame'
import { baseMatrix, contextOf, Snapper } from '../paint'
import type { GridPiece } from './grid'

let scratch: HTMLCanvasElement | null = null

/** Draw onto an overlay, whose present transform says how many device pixels a CSS pixel has. */
export function drawPieces(
  context: CanvasRenderingContext2D,
  pieces: readonly GridPiece[],
  camera: Camera,
  opacity: number,
  smooth: boolean,
): void {
  if (pieces.length === 0 || opacity <= 0) return
  const { width, height } = context.canvas
  const ratio = context.getTransform().a
  const scale = ratio / camera.resolution
  const turns = quarterTurns(camera.rotation)
  const matrix = baseMatrix(camera, width, height)
  context.save()
  context.globalAlpha = opacity
  if (turns !== null) {
    const odd = turns % 2 === 1
    const snap = new Snapper(camera, scale, (odd ? height : width) % 2 === 1 ? 0.5 : 0, (odd ? width : height) % 2 === 1 ? 0.5 : 0)
    context.setTransform(...matrix)
    draw(context, pieces, snap, smooth)
  } else {
    // Turned freely, edges of neighbours would each be half covered: they are put together first.
    const side = 2 * Math.ceil(Math.hypot(width, height) / 2)
    const still = scratchOf(side)
    still.setTransform(1, 0, 0, 1, 0, 0)
    still.clearRect(0, 0, side, side)
    still.setTransform(1, 0, 0, 1, side / 2, side / 2)
    draw(still, pieces, new Snapper(camera, scale, 0, 0), smooth)
    context.setTransform(...matrix)
    context.imageSmoothingEnabled = true
    context.drawImage(still.canvas, -side / 2, -side / 2)
  }
  context.restore()
}

function draw(context: CanvasRenderingContext2D, pieces: readonly GridPiece[], snap: Snapper, smooth: boolean): void {
  context.imageSmoothingEnabled = smooth
  for (const { image, sx, sy, sw, sh, region } of pieces) {
    const at = snap.rect(region)
    if (at.width > 0 && at.height > 0) context.drawImage(image, sx, sy, sw, sh, at.x, at.y, at.width, at.height)
  }
}

function scratchOf(side: number): CanvasRenderingContext2D {
  scratch ??= document.createElement('canvas')
  if (scratch.width !== side) {
    scratch.width = side
    scratch.height = side
  }
  return contextOf(scratch)
}
