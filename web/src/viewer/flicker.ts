/** Two stains at one place, in turn: what differs between them is seen at once. */
import { alignedCamera, type Matrix } from '../model/alignment'
import { reducedMotion } from './camera'
import { Tiles } from './tiles'
import type { Viewer } from './viewer'

/** Slower than three flashes a second, so that nobody is harmed by it. */
const TURN_MS = 350

/**
 * Show `other` in place of `viewer`, and back, until the returned function is called. Where motion is to be
 * reduced it stays until then.
 */
export function flicker(viewer: Viewer, other: Viewer, way: () => Matrix): () => void {
  const tiles = new Tiles(other.slide, other.state.get().choice, {
    changed: () => viewer.render(),
    colourFailed: () => undefined,
  })
  const guest: Parameters<Viewer['host']>[0] = (viewport, ratio) => {
    const camera = alignedCamera(way(), viewer.camera.get())
    return { picture: tiles.picture(camera, viewport, ratio), camera }
  }
  let shown = true
  viewer.host(guest)
  const clock = setInterval(() => {
    if (reducedMotion()) return
    shown = !shown
    viewer.host(shown ? guest : null)
  }, TURN_MS)
  return () => {
    clearInterval(clock)
    viewer.host(null)
    tiles.close()
  }
}
