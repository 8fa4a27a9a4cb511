/** Lets a person drag one rectangle on the slide, or set it by keys, for an export; the view stands still meanwhile. */
import Interaction from 'ol/interaction/Interaction.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import { type Point, slideToScreen } from '../../model/frame'
import { shownRegion } from '../../model/pictures'
import type { Region } from '../../model/pyramid'
import type { Viewer } from '../../viewer/viewer'
import { afterArrow, isArrow, middleOf } from './keys'

const SMALLEST_PX = 4

/** The rectangle between two corners. */
export function regionOf(a: Point, b: Point): Region {
  return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), right: Math.max(a.x, b.x), bottom: Math.max(a.y, b.y) }
}

/**
 * Wait for a rectangle; null when it is given up by Escape or by `signal`. The first arrow key puts one in the
 * middle of the view, further ones move or (with Shift) resize it, Enter takes it; `changed` hears of each.
 */
export function askForFrame(viewer: Viewer, signal: AbortSignal, changed: (region: Region) => void): Promise<Region | null> {
  return new Promise((resolve) => {
    let from: Point | null = null
    let to: Point | null = null
    let byKeys: Region | null = null
    const interaction = new FrameInteraction((event) => {
      const at = viewer.camera.toSlide(event.coordinate)
      if (event.type === 'pointerdown') {
        from = to = at
        byKeys = null
      } else if (event.type === 'pointerdrag' && from !== null) to = at
      else if (event.type === 'pointerup' && from !== null) {
        to = at
        if (isSeen(viewer, from, to)) finish(regionOf(from, to))
        else from = to = null
      } else return
      viewer.render()
    })
    const ends = [
      viewer.addInteraction(interaction),
      viewer.addOverlay((context) => {
        const region = byKeys ?? (from !== null && to !== null ? regionOf(from, to) : null)
        if (region !== null) drawFrame(context, viewer, region)
      }),
    ]
    const key = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (event.code === 'Escape') finish(null)
      else if (event.code === 'Enter' && byKeys !== null) finish(byKeys)
      else if (isArrow(event.code)) {
        const { camera, viewport } = viewer.state.get()
        const shown = shownRegion(viewer.size, camera, viewport)
        if (byKeys !== null) byKeys = afterArrow(byKeys, event.code, event.shiftKey, camera)
        else if (shown !== null) byKeys = middleOf(shown)
        from = to = null
        if (byKeys !== null) changed(byKeys)
        viewer.render()
      } else return
      event.preventDefault()
      event.stopImmediatePropagation()
    }
    const given = () => finish(null)
    const finish = (region: Region | null) => {
      for (const end of ends) end()
      window.removeEventListener('keydown', key, true)
      signal.removeEventListener('abort', given)
      viewer.element.style.cursor = ''
      resolve(region)
    }
    viewer.element.style.cursor = 'crosshair'
    window.addEventListener('keydown', key, true)
    signal.addEventListener('abort', given)
  })
}

/** Draw a rectangle of the slide, turned as the slide is. */
export function drawFrame(context: CanvasRenderingContext2D, viewer: Viewer, region: Region): void {
  const { camera, viewport } = viewer.state.get()
  const corners = [
    { x: region.left, y: region.top },
    { x: region.right, y: region.top },
    { x: region.right, y: region.bottom },
    { x: region.left, y: region.bottom },
  ].map((corner) => slideToScreen(corner, camera, viewport))
  const path = new Path2D()
  corners.forEach((corner, i) => (i === 0 ? path.moveTo(corner.x, corner.y) : path.lineTo(corner.x, corner.y)))
  path.closePath()
  for (const [width, colour] of [[4, 'rgba(0, 0, 0, 0.75)'], [2, '#ffe14d']] as const) {
    context.lineWidth = width
    context.strokeStyle = colour
    context.stroke(path)
  }
}

function isSeen(viewer: Viewer, a: Point, b: Point): boolean {
  const { resolution } = viewer.state.get().camera
  return Math.min(Math.abs(a.x - b.x), Math.abs(a.y - b.y)) / resolution >= SMALLEST_PX
}

class FrameInteraction extends Interaction {
  constructor(private readonly take: (event: MapBrowserEvent) => void) {
    super()
  }

  override handleEvent(event: MapBrowserEvent): boolean {
    if (!event.type.startsWith('pointer')) return event.type !== 'click' && event.type !== 'singleclick' && event.type !== 'dblclick'
    if ((event.activePointers?.length ?? 0) > 1) return true
    this.take(event)
    return event.type === 'pointermove'
  }
}
