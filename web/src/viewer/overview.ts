/**
 * The overview: the whole slide small, with the view as a box to drag. It is mirrored with the view, so that
 * tissue looks the same in both, but never rotated: there the box turns instead.
 */
import type { Extent, Point } from '../model/frame'
import { screenToSlide } from '../model/frame'
import { contextOf } from './paint'
import type { Viewer } from './viewer'

/** Size in CSS pixels of an overview that fits into a square of this side. */
export function overviewSize(slide: Extent, side: number): Extent {
  const scale = side / Math.max(slide.width, slide.height, 1)
  return { width: Math.max(24, Math.round(slide.width * scale)), height: Math.max(24, Math.round(slide.height * scale)) }
}

export interface OverviewColours {
  box: string
  shade: string
}

export class Overview {
  private readonly stop: () => void
  private drawn: unknown = null

  constructor(
    private readonly viewer: Viewer,
    private readonly canvas: HTMLCanvasElement,
    size: Extent,
    private readonly colours: () => OverviewColours,
  ) {
    const ratio = window.devicePixelRatio || 1
    canvas.width = Math.round(size.width * ratio)
    canvas.height = Math.round(size.height * ratio)
    canvas.addEventListener('pointerdown', this.press)
    canvas.addEventListener('pointermove', this.move)
    // Its tile may arrive last, when nothing else changes any more but the picture is drawn again.
    const stops = [viewer.state.subscribe(() => this.draw()), viewer.addOverlay(() => this.draw())]
    this.stop = () => {
      for (const stop of stops) stop()
    }
    this.draw()
  }

  close(): void {
    this.stop()
    this.canvas.removeEventListener('pointerdown', this.press)
    this.canvas.removeEventListener('pointermove', this.move)
  }

  draw(): void {
    const { camera, viewport, waiting } = this.viewer.state.get()
    const piece = this.viewer.tiles.overview()
    // The state also changes with the pointer; the overview then stays as it is.
    const now = [camera, viewport, piece?.image, waiting === 0]
    if (Array.isArray(this.drawn) && now.every((part, i) => part === (this.drawn as unknown[])[i])) return
    this.drawn = now
    const context = contextOf(this.canvas)
    const { width, height } = this.canvas
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    context.imageSmoothingQuality = 'high'
    if (piece !== null) {
      if (camera.mirrored) context.setTransform(-1, 0, 0, 1, width, 0)
      const right = (piece.region.right / this.viewer.size.width) * width
      const bottom = (piece.region.bottom / this.viewer.size.height) * height
      context.drawImage(piece.image, 0, 0, piece.sourceWidth, piece.sourceHeight, 0, 0, right, bottom)
      context.setTransform(1, 0, 0, 1, 0, 0)
    }
    this.drawBox(context)
  }

  /** The corners of the view in pixels of the overview's canvas. */
  private corners(): Point[] {
    const { camera, viewport } = this.viewer.state.get()
    const { width, height } = this.canvas
    return [
      { x: 0, y: 0 },
      { x: viewport.width, y: 0 },
      { x: viewport.width, y: viewport.height },
      { x: 0, y: viewport.height },
    ].map((corner) => {
      const at = screenToSlide(corner, camera, viewport)
      const x = (at.x / this.viewer.size.width) * width
      return { x: camera.mirrored ? width - x : x, y: (at.y / this.viewer.size.height) * height }
    })
  }

  private drawBox(context: CanvasRenderingContext2D): void {
    const ratio = window.devicePixelRatio || 1
    const { width, height } = this.canvas
    const box = new Path2D()
    this.corners().forEach((corner, i) => (i === 0 ? box.moveTo(corner.x, corner.y) : box.lineTo(corner.x, corner.y)))
    box.closePath()
    const outside = new Path2D()
    outside.rect(0, 0, width, height)
    outside.addPath(box)
    const colours = this.colours()
    context.fillStyle = colours.shade
    context.fill(outside, 'evenodd')
    context.lineWidth = 2 * ratio
    context.strokeStyle = colours.box
    context.stroke(box)
    // A view of a few pixels would be an invisible box: a ring says where it is.
    const xs = this.corners().map((corner) => corner.x)
    const ys = this.corners().map((corner) => corner.y)
    const small = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) < 10 * ratio
    if (!small) return
    context.beginPath()
    context.arc((Math.max(...xs) + Math.min(...xs)) / 2, (Math.max(...ys) + Math.min(...ys)) / 2, 7 * ratio, 0, 2 * Math.PI)
    context.stroke()
  }

  private readonly press = (event: PointerEvent): void => {
    this.canvas.setPointerCapture(event.pointerId)
    this.go(event)
    event.preventDefault()
  }

  private readonly move = (event: PointerEvent): void => {
    if (this.canvas.hasPointerCapture(event.pointerId)) this.go(event)
  }

  private go(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect()
    const across = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1)
    const down = Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1)
    const { mirrored } = this.viewer.state.get().camera
    this.viewer.camera.set({
      x: (mirrored ? 1 - across : across) * this.viewer.size.width,
      y: down * this.viewer.size.height,
    })
  }
}
