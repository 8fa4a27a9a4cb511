/**
 * Dragging, throwing, turning and double clicks. What is under the pointer when it goes down stays under it:
 * OpenLayers' own drag forgets the first few pixels.
 */
import type { Coordinate } from 'ol/coordinate.js'
import Interaction from 'ol/interaction/Interaction.js'
import PointerInteraction, { centroid } from 'ol/interaction/Pointer.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import type { Point } from '../model/frame'
import type { SlideCamera } from './camera'

/** The speed of a throw is that of the last stretch of the drag. */
const THROW_WINDOW_MS = 90
const SLOWEST_THROW = 0.08
/** How far a throw glides: its speed (px/ms) times this, and for how long. */
const GLIDE_REACH_MS = 190
const GLIDE_MS = 480

interface Sample extends Point {
  at: number
}

/** The speed at the end of a drag in CSS pixels per millisecond; zero when the pointer had come to rest. */
export function throwSpeed(trail: readonly Sample[], now: number): Point {
  const recent = trail.filter((sample) => now - sample.at <= THROW_WINDOW_MS)
  const first = recent[0]
  const last = recent[recent.length - 1]
  const still = { x: 0, y: 0 }
  if (first === undefined || last === undefined || last.at - first.at < 10) return still
  const speed = { x: (last.x - first.x) / (last.at - first.at), y: (last.y - first.y) / (last.at - first.at) }
  return Math.hypot(speed.x, speed.y) >= SLOWEST_THROW ? speed : still
}

/** Left or middle button without a modifier, one finger, a pen: drags the slide. */
export function panCondition(pointer: PointerEvent): boolean {
  if (pointer.altKey || pointer.ctrlKey || pointer.metaKey || pointer.shiftKey) return false
  return pointer.pointerType !== 'mouse' || pointer.button === 0 || pointer.button === 1
}

export class PanInteraction extends PointerInteraction {
  private trail: Sample[] = []
  private pointers = 0
  private thrown = false

  constructor(private readonly camera: SlideCamera) {
    super({ stopDown: () => false })
  }

  override handleDownEvent(event: MapBrowserEvent): boolean {
    if (!panCondition(event.originalEvent as PointerEvent)) return false
    this.camera.view.cancelAnimations()
    this.begin(event)
    this.thrown = this.pointers === 1
    return true
  }

  override handleDragEvent(event: MapBrowserEvent): void {
    const last = this.trail[this.trail.length - 1]
    if (last === undefined || this.targetPointers.length !== this.pointers || this.pointers > 1) {
      // A finger came or went: the middle of the fingers jumped, not the slide. Two fingers are a pinch.
      this.begin(event)
      this.thrown = false
      return
    }
    const now = this.sample(event)
    this.trail.push(now)
    this.camera.pan(last.x - now.x, last.y - now.y)
  }

  override handleUpEvent(event: MapBrowserEvent): boolean {
    if (this.targetPointers.length > 0) {
      this.begin(event)
      return true
    }
    const speed = throwSpeed(this.trail, event.originalEvent.timeStamp)
    if (this.thrown && (speed.x !== 0 || speed.y !== 0))
      this.camera.pan(-speed.x * GLIDE_REACH_MS, -speed.y * GLIDE_REACH_MS, GLIDE_MS)
    return false
  }

  private begin(event: MapBrowserEvent): void {
    this.pointers = this.targetPointers.length
    this.trail = [this.sample(event)]
  }

  private sample(event: MapBrowserEvent): Sample {
    const middle = centroid(this.targetPointers)
    return { x: middle.clientX, y: middle.clientY, at: event.originalEvent.timeStamp }
  }
}

/** Shift or alt and a drag turn the slide around the middle of the view. */
export class TurnInteraction extends PointerInteraction {
  private start = { angle: 0, rotation: 0 }

  constructor(private readonly camera: SlideCamera) {
    super()
  }

  override handleDownEvent(event: MapBrowserEvent): boolean {
    const pointer = event.originalEvent as PointerEvent
    if (pointer.pointerType !== 'mouse' || pointer.button !== 0 || pointer.shiftKey === pointer.altKey) return false
    this.camera.view.cancelAnimations()
    this.start = { angle: angleOf(event), rotation: this.camera.get().rotation }
    return true
  }

  override handleDragEvent(event: MapBrowserEvent): void {
    this.camera.set({ rotation: this.start.rotation + angleOf(event) - this.start.angle })
  }
}

/** Direction from the middle of the view to the pointer, clockwise from the right. */
function angleOf(event: MapBrowserEvent): number {
  const [width = 0, height = 0] = event.map.getSize() ?? []
  const [x = 0, y = 0] = event.pixel
  return Math.atan2(y - height / 2, x - width / 2)
}

/** A double click goes to the next objective at the cursor; with shift to the one before. */
export class DoubleClickInteraction extends Interaction {
  constructor(private readonly step: (direction: 1 | -1, anchor: Coordinate) => void) {
    super()
  }

  override handleEvent(event: MapBrowserEvent): boolean {
    if (event.type !== 'dblclick') return true
    this.step((event.originalEvent as MouseEvent).shiftKey ? -1 : 1, event.coordinate)
    event.preventDefault()
    return false
  }
}
