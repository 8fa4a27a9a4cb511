/**
 * Two fingers: what is under them stays under them. The slide turns only once the fingers have turned by 15
 * degrees, so that zooming never tilts it, and not at all while turning is locked.
 */
import PointerInteraction from 'ol/interaction/Pointer.js'
import { type Camera, type Extent, type Point, screenToSlide } from '../model/frame'
import type { SlideCamera } from './camera'

/** From here on two fingers turn the slide; what they turned before does not count, so nothing jumps. */
export const TURN_FROM = Math.PI / 12

/** Two fingers in CSS pixels of the viewport. */
export type Fingers = readonly [Point, Point]

export interface PinchStart {
  camera: Camera
  fingers: Fingers
}

export interface Turning {
  /** How much of the fingers' turn counts, in radians. */
  by: number
  /** The direction in which the first 15 degrees went; 0 before that. */
  side: -1 | 0 | 1
}

export function middle([a, b]: Fingers): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}

/** How far the fingers have turned, on the short way round. */
function turnOf([a, b]: Fingers, [c, d]: Fingers): number {
  const turn = Math.atan2(d.y - c.y, d.x - c.x) - Math.atan2(b.y - a.y, b.x - a.x)
  return Math.atan2(Math.sin(turn), Math.cos(turn))
}

/** What the fingers' turn means for the slide. */
export function turning(start: Fingers, now: Fingers, before: Turning, locked: boolean): Turning {
  if (locked) return { by: 0, side: 0 }
  const turn = turnOf(start, now)
  const side = before.side !== 0 ? before.side : Math.abs(turn) < TURN_FROM ? 0 : turn > 0 ? 1 : -1
  return { by: side === 0 ? 0 : turn - side * TURN_FROM, side }
}

function apart([a, b]: Fingers): number {
  return Math.max(Math.hypot(b.x - a.x, b.y - a.y), 1)
}

/** The camera under which the slide point between the fingers is still between them; `limit` keeps zoom in its bounds. */
export function pinched(
  start: PinchStart,
  now: Fingers,
  turned: number,
  viewport: Extent,
  limit: (resolution: number) => number = (resolution) => resolution,
): Camera {
  const held = screenToSlide(middle(start.fingers), start.camera, viewport)
  const camera = {
    ...start.camera,
    resolution: limit((start.camera.resolution * apart(start.fingers)) / apart(now)),
    rotation: start.camera.rotation + turned,
  }
  const there = screenToSlide(middle(now), camera, viewport)
  return { ...camera, x: camera.x + held.x - there.x, y: camera.y + held.y - there.y }
}

export interface PinchOptions {
  viewport(): Extent
  turnLocked(): boolean
  /** Something else wants both fingers now (the magnifier); true when it took them. */
  taken(at: Point): boolean
}

export class PinchInteraction extends PointerInteraction {
  private start: PinchStart | null = null
  private turned: Turning = { by: 0, side: 0 }

  constructor(
    private readonly camera: SlideCamera,
    private readonly options: PinchOptions,
  ) {
    super({ stopDown: () => false })
  }

  override handleDownEvent(): boolean {
    const fingers = this.fingers()
    if (fingers === null) return false
    this.camera.view.cancelAnimations()
    this.turned = { by: 0, side: 0 }
    this.start = { camera: this.camera.get(), fingers }
    return true
  }

  override handleDragEvent(): void {
    const fingers = this.fingers()
    if (fingers === null || this.start === null) return
    if (this.options.taken(middle(fingers))) {
      this.start = { camera: this.camera.get(), fingers }
      return
    }
    this.turned = turning(this.start.fingers, fingers, this.turned, this.options.turnLocked())
    const { view } = this.camera
    const limit = (resolution: number) => view.getConstrainedResolution(resolution) ?? resolution
    this.camera.set(pinched(this.start, fingers, this.turned.by, this.options.viewport(), limit))
  }

  override handleUpEvent(): boolean {
    this.start = null
    return false
  }

  /** The fingers relative to the viewport, or null unless there are two. */
  private fingers(): Fingers | null {
    const [first, second] = this.targetPointers
    const box = this.getMap()?.getViewport()?.getBoundingClientRect()
    if (first === undefined || second === undefined || this.targetPointers.length !== 2 || box === undefined) return null
    const at = (pointer: PointerEvent) => ({ x: pointer.clientX - box.left, y: pointer.clientY - box.top })
    return [at(first), at(second)]
  }
}
