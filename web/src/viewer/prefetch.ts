/**
 * Makes the slides ready that are likely to be opened next: the tiles of the view they open with, decoded, in
 * the cache that all slides share. One after the other, and only while nobody waits for a tile.
 */
import { type Extent, fitResolution } from '../model/frame'
import { firstPlane, type Slide } from '../model/slide'
import type { View } from '../model/viewlink'
import { Tiles } from './tiles'
import type { Viewer } from './viewer'

/** The picture must have been complete for this long. */
const CALM_MS = 120

/** A slide and the view it will open with; what is left out shows the whole slide. */
export interface Coming {
  slide: Slide
  start: Partial<View>
}

/** Prepare slides in this order while `viewer` has nothing to load; the returned function stops it. */
export function prefetch(viewer: Viewer, slides: readonly Coming[]): () => void {
  const queue = [...slides]
  let current: { tiles: Tiles; coming: Coming } | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const finish = () => {
    current?.tiles.close()
    current = null
  }
  const step = () => {
    timer = undefined
    if (stopped || viewer.state.get().waiting > 0) return
    if (current === null) {
      const coming = queue.shift()
      if (coming === undefined) return
      const { slide, start } = coming
      const { plane = firstPlane(slide), time = 0, style = null, managed = true } = start
      const choice = { plane, time, style, managed }
      current = { coming, tiles: new Tiles(slide, choice, { changed: later, colourFailed: () => undefined }) }
    }
    if (prepared(current.tiles, current.coming, viewer.state.get().viewport)) finish()
    else return
    later()
  }
  const later = () => {
    if (!stopped) timer ??= setTimeout(step, current === null ? CALM_MS : 0)
  }
  const stopWatching = viewer.state.subscribe(later)
  later()
  return () => {
    stopped = true
    clearTimeout(timer)
    stopWatching()
    finish()
  }
}

function prepared(tiles: Tiles, { slide, start }: Coming, viewport: Extent): boolean {
  const size = { width: slide.width ?? 0, height: slide.height ?? 0 }
  if (size.width === 0 || slide.levels.length === 0) return true
  const { x = size.width / 2, y = size.height / 2, rotation = 0, mirrored = false } = start
  const { resolution = fitResolution(size, viewport, rotation) } = start
  return tiles.prepare({ x, y, rotation, mirrored, resolution }, viewport, window.devicePixelRatio || 1)
}
