/** A line drawn around objects with mouse, pen or finger; Escape gives it up. */
import PointerInteraction from 'ol/interaction/Pointer.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import { type Point, slideToScreen } from '../../model/frame'
import type { Viewer } from '../viewer'

/** Closer than this to the last corner nothing new is drawn, in CSS pixels. */
const STEP_PX = 4
const RIM = 'rgba(0, 0, 0, 0.7)'
const LINE = '#ffe14d'

export class Lasso extends PointerInteraction {
  private points: Point[] = []
  private readonly ends: (() => void)[]

  constructor(
    private readonly viewer: Viewer,
    /** Null: it was given up. */
    private readonly done: (polygon: Point[] | null) => void,
  ) {
    super()
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      this.finish(null)
    }
    window.addEventListener('keydown', escape, { capture: true })
    viewer.element.style.cursor = 'crosshair'
    this.ends = [
      viewer.addInteraction(this),
      viewer.addOverlay((context) => drawRing(context, viewer, this.points, false)),
      () => window.removeEventListener('keydown', escape, { capture: true }),
      () => (viewer.element.style.cursor = ''),
    ]
  }

  override handleDownEvent(event: MapBrowserEvent): boolean {
    if ((event.originalEvent as PointerEvent).button !== 0) return false
    this.points = [this.viewer.camera.toSlide(event.coordinate)]
    return true
  }

  override handleDragEvent(event: MapBrowserEvent): void {
    const at = this.viewer.camera.toSlide(event.coordinate)
    const last = this.points[this.points.length - 1]
    const step = STEP_PX * this.viewer.state.get().camera.resolution
    if (this.targetPointers.length > 1) this.points = []
    else if (last === undefined || Math.hypot(at.x - last.x, at.y - last.y) >= step) this.points.push(at)
    this.viewer.render()
  }

  override handleUpEvent(): boolean {
    if (this.points.length >= 3) this.finish(this.points)
    else this.points = []
    return false
  }

  /** Put it down. */
  finish(polygon: Point[] | null): void {
    for (const end of this.ends.splice(0)) end()
    this.done(polygon)
  }
}

/** A ring on the slide: light on a dark rim. */
export function drawRing(context: CanvasRenderingContext2D, viewer: Viewer, points: readonly Point[], closed: boolean): void {
  if (points.length < 2) return
  const { camera, viewport } = viewer.state.get()
  const path = new Path2D()
  points.forEach((point, i) => {
    const { x, y } = slideToScreen(point, camera, viewport)
    if (i === 0) path.moveTo(x, y)
    else path.lineTo(x, y)
  })
  if (closed) path.closePath()
  context.save()
  context.lineJoin = 'round'
  for (const [width, colour, dash] of [[4, RIM, []], [2, LINE, [6, 4]]] as const) {
    context.lineWidth = width
    context.strokeStyle = colour
    context.setLineDash([...dash])
    context.stroke(path)
  }
  context.restore()
}
