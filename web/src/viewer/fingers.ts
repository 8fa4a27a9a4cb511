/**
 * What fingers and pens say without moving: a long press asks for the menu, a tap with two fingers steps out.
 * Dragging, pinching and double taps are gestures of the map; a finger that moves is none of ours.
 */
import type { Point } from '../model/frame'

const LONG_PRESS_MS = 500
const TAP_MS = 320
/** A finger that is meant to rest trembles by this much, in CSS pixels. */
const REST_PX = 10

export interface FingerActions {
  /** Client coordinates. */
  longPress(at: Point): void
  twoFingerTap(at: Point): void
  /** One finger came up where it went down. */
  tap(at: Point): void
}

interface Finger {
  from: Point
  at: number
  type: string
}

export class FingerTaps {
  private readonly fingers = new Map<number, Finger>()
  private timer: ReturnType<typeof setTimeout> | null = null
  /** The most fingers that were down together, and whether all of them rested. */
  private most = 0
  private rested = true
  private began = 0
  private readonly points: Point[] = []

  constructor(
    private readonly element: HTMLElement,
    private readonly actions: FingerActions,
  ) {
    element.addEventListener('pointerdown', this.down)
    element.addEventListener('pointermove', this.move)
    element.addEventListener('pointerup', this.up)
    element.addEventListener('pointercancel', this.cancel)
  }

  close(): void {
    this.forget()
    this.element.removeEventListener('pointerdown', this.down)
    this.element.removeEventListener('pointermove', this.move)
    this.element.removeEventListener('pointerup', this.up)
    this.element.removeEventListener('pointercancel', this.cancel)
  }

  private readonly down = (event: PointerEvent): void => {
    if (event.pointerType === 'mouse') return
    if (this.fingers.size === 0) {
      this.most = 0
      this.rested = true
      this.began = event.timeStamp
      this.points.length = 0
    }
    const from = { x: event.clientX, y: event.clientY }
    this.points.push(from)
    this.fingers.set(event.pointerId, { from, at: event.timeStamp, type: event.pointerType })
    this.most = Math.max(this.most, this.fingers.size)
    this.stopTimer()
    if (this.fingers.size === 1)
      this.timer = setTimeout(() => {
        this.rested = false
        this.actions.longPress(from)
      }, LONG_PRESS_MS)
  }

  private readonly move = (event: PointerEvent): void => {
    const finger = this.fingers.get(event.pointerId)
    if (finger === undefined) return
    if (Math.hypot(event.clientX - finger.from.x, event.clientY - finger.from.y) <= REST_PX) return
    this.rested = false
    this.stopTimer()
  }

  private readonly up = (event: PointerEvent): void => {
    if (!this.fingers.delete(event.pointerId)) return
    this.stopTimer()
    if (this.fingers.size > 0) return
    const [first, second] = this.points
    if (!this.rested || event.timeStamp - this.began > TAP_MS || first === undefined) return
    if (this.most === 1) this.actions.tap(first)
    else if (this.most === 2 && second !== undefined)
      this.actions.twoFingerTap({ x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 })
  }

  private readonly cancel = (event: PointerEvent): void => {
    this.fingers.delete(event.pointerId)
    this.rested = false
    this.stopTimer()
  }

  private forget(): void {
    this.fingers.clear()
    this.stopTimer()
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }
}
