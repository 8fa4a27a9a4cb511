/** The magic wand: takes in what looks like the place under the pointer, at the zoom in view, wherever it is dragged. */
import type { Point } from '../../../model/frame'
import { simplify } from '../../../model/annotations/shapes'
import type { Geometry } from '../../../model/annotations/types'
import type { Patches } from '../brush/brush'
import { cleaned } from '../combine'
import { type Board, type PenEvent, positionOf } from '../pen'
import { drawingSettings } from '../settings'
import { flood, type Pixels } from './flood'
import { outlineOf, smoothed } from './trace'

/** A place nearer than this to the last one was looked at with it. */
const STEP_PX = 4
/** The stairs of pixels are finer than this. */
const SMOOTH_PX = 0.8

/** The area of the slide that looks like what lies under the pointer. */
export function likeness(picture: Pixels, event: Pick<PenEvent, 'screen' | 'toSlide' | 'resolution'>, tolerance: number): Geometry | null {
  const mask = flood(picture, event.screen.x, event.screen.y, tolerance)
  if (mask === null) return null
  const ring = smoothed(outlineOf(mask)).map((point) => positionOf(event.toSlide(point)))
  if (ring.length < 4) return null
  const slim = simplify({ kind: 'polygon', rings: [ring] }, SMOOTH_PX * event.resolution)
  return slim.kind === 'polygon' ? cleaned(slim) : null
}

export function wandPatches(board: Pick<Board, 'pixels'>): Patches {
  let picture: Pixels | null = null
  let looked: Point | null = null
  return {
    id: 'wand',
    begin: () => {
      picture = board.pixels()
      looked = null
    },
    patch: (event) => {
      if (picture === null || (looked !== null && event.apart(looked, event.at) < STEP_PX)) return null
      looked = event.at
      return likeness(picture, event, drawingSettings.get().wandTolerance)
    },
    end: () => {
      picture = null
    },
  }
}
