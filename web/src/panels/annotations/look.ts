/** Going to what is drawn or said on a slide. */
import * as shapes from '../../model/annotations/shapes'
import type { Geometry } from '../../model/annotations/types'
import type { Viewport } from '../../live/wire'
import type { Viewer } from '../../viewer/viewer'

const FLIGHT_MS = 350
/** An object takes this share of the picture when one goes to it. */
const SHARE = 0.5
/** What is smaller than this on the screen is gone nearer to, in CSS pixels. */
const LEAST_PX = 24

/** Bring shapes into sight: as near as shows them whole, but not nearer than one slide pixel for each of the screen. */
export function goTo(viewer: Viewer, geometries: readonly Geometry[]): void {
  const boxes = geometries.map(shapes.bounds)
  if (boxes.length === 0) return
  const minX = Math.min(...boxes.map((box) => box.minX))
  const minY = Math.min(...boxes.map((box) => box.minY))
  const maxX = Math.max(...boxes.map((box) => box.maxX))
  const maxY = Math.max(...boxes.map((box) => box.maxY))
  const { viewport, camera } = viewer.state.get()
  const wanted = Math.max((maxX - minX) / viewport.width, (maxY - minY) / viewport.height) / SHARE
  const resolution = maxX === minX && maxY === minY ? Math.min(camera.resolution, 1) : Math.max(wanted, 1)
  viewer.camera.glide({ x: (minX + maxX) / 2, y: (minY + maxY) / 2, resolution }, FLIGHT_MS)
}

/** The same, but only when it is out of sight or too small to be seen. */
export function bringIntoSight(viewer: Viewer, geometry: Geometry): void {
  const box = shapes.bounds(geometry)
  const { viewport, camera } = viewer.state.get()
  // Half the diagonal holds at any rotation; a corner more or less does not matter here.
  const apart = Math.hypot((box.minX + box.maxX) / 2 - camera.x, (box.minY + box.maxY) / 2 - camera.y) / camera.resolution
  const onScreen = Math.max(box.maxX - box.minX, box.maxY - box.minY) / camera.resolution
  const isPoint = onScreen === 0
  const fits = onScreen < Math.max(viewport.width, viewport.height)
  if (apart < Math.min(viewport.width, viewport.height) / 2 && fits && (isPoint || onScreen >= LEAST_PX)) return
  goTo(viewer, [geometry])
}

/** To a place, as near as one is. */
export function goToPlace(viewer: Viewer, x: number, y: number): void {
  viewer.camera.glide({ x, y, resolution: Math.min(viewer.state.get().camera.resolution, 2) }, FLIGHT_MS)
}

/** What somebody else sees, whatever the size of their window. */
export function goToView(viewer: Viewer, view: Viewport): void {
  const { width, height } = viewer.state.get().viewport
  const resolution = view.resolution * Math.max(view.width / Math.max(width, 1), view.height / Math.max(height, 1))
  viewer.camera.set({ mirrored: view.mirrored })
  viewer.camera.glide({ x: view.x, y: view.y, resolution, rotation: view.rotation }, FLIGHT_MS)
}
