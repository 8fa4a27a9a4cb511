/**
 * A mouse wheel zooms at the cursor; two fingers on a trackpad pan; a pinch (which browsers report as a
 * wheel with ctrl) zooms. Browsers do not say which device it was, so one gesture is judged by its events.
 */
import Interaction from 'ol/interaction/Interaction.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import type { SlideCamera } from './camera'

/** What scrolling without ctrl does. */
export type Scrolling = 'auto' | 'zoom' | 'pan'

type Gesture = 'wheel' | 'trackpad' | 'pinch'

/** Events closer together than this belong to one gesture. */
const GESTURE_GAP_MS = 180
/** One notch of a wheel: three notches double the magnification. */
const NOTCH = 2 ** (1 / 3)
const LINE_PX = 40
const PINCH_PER_PX = 0.01
const NOTCH_MS = 140

/** The facts of a wheel event that tell a notched wheel from a trackpad. */
export interface WheelFacts {
  deltaX: number
  deltaY: number
  deltaMode: number
  ctrlKey: boolean
  metaKey: boolean
  /** Chromium and WebKit: a multiple of 120 a notch on wheels, three times the delta on trackpads. */
  wheelDeltaY?: number
}

export function gestureOf(event: WheelFacts): Gesture {
  const notched = isNotched(event)
  if (event.ctrlKey || event.metaKey) return notched ? 'wheel' : 'pinch'
  return notched ? 'wheel' : 'trackpad'
}

function isNotched(event: WheelFacts): boolean {
  if (event.deltaMode !== 0) return true
  if (event.deltaX !== 0 || event.deltaY === 0) return false
  const legacy = event.wheelDeltaY
  if (legacy !== undefined && legacy !== 0) {
    if (Math.abs(legacy + 3 * event.deltaY) < 1e-6) return Math.abs(event.deltaY) >= 100 && Number.isInteger(event.deltaY)
    return Math.abs(legacy) % 120 === 0
  }
  return Math.abs(event.deltaY) >= 50
}

export class WheelInteraction extends Interaction {
  private gesture: Gesture = 'wheel'
  private lastAt = -Infinity
  private target: { resolution: number; until: number } | null = null

  constructor(
    private readonly camera: SlideCamera,
    private readonly scrolling: () => Scrolling,
  ) {
    super()
  }

  override handleEvent(event: MapBrowserEvent): boolean {
    if (event.type !== 'wheel') return true
    const wheel = event.originalEvent as WheelEvent
    wheel.preventDefault()
    const now = performance.now()
    if (now - this.lastAt > GESTURE_GAP_MS) this.gesture = this.judge(wheel)
    this.lastAt = now
    if (this.gesture === 'trackpad') this.camera.pan(wheel.deltaX, wheel.deltaY)
    else if (this.gesture === 'pinch') {
      const factor = 2 ** (wheel.deltaY * PINCH_PER_PX)
      this.camera.zoomTo((this.camera.view.getResolution() ?? 1) * factor, event.coordinate, 0)
    } else this.notch(wheel, event, now)
    return false
  }

  private judge(wheel: WheelEvent): Gesture {
    const gesture = gestureOf(wheel)
    if (wheel.ctrlKey || wheel.metaKey) return gesture
    const choice = this.scrolling()
    if (choice === 'zoom') return 'wheel'
    return choice === 'pan' ? 'trackpad' : gesture
  }

  private notch(wheel: WheelEvent, event: MapBrowserEvent, now: number): void {
    const legacy = (wheel as WheelFacts).wheelDeltaY
    const pixels = wheel.deltaMode === 1 ? wheel.deltaY * LINE_PX : wheel.deltaY
    const notches = legacy !== undefined && legacy !== 0 && legacy % 120 === 0 ? -legacy / 120 : pixels / 100
    const from =
      this.target !== null && now < this.target.until ? this.target.resolution : (this.camera.view.getResolution() ?? 1)
    const wanted = from * NOTCH ** Math.max(-4, Math.min(4, notches))
    const resolution = this.camera.view.getConstrainedResolution(wanted) ?? wanted
    this.target = { resolution, until: now + NOTCH_MS }
    this.camera.zoomTo(resolution, event.coordinate, NOTCH_MS)
  }
}
