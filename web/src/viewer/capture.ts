/**
 * A picture of a view for a file or for paper: the same tiles and the same painting as on the screen, at a density
 * of its own, and only once every tile is there. The view on the screen is not touched by it.
 */
import { ApiError } from '../api/problem'
import type { Camera, Extent } from '../model/frame'
import type { Slide } from '../model/slide'
import type { LookChoice } from './look'
import { contextOf, Painter, type PaintStyle } from './paint'
import { Tiles } from './tiles'

export interface View {
  slide: Slide
  choice: LookChoice
  camera: Camera
  viewport: Extent
}

const LONGEST_MS = 90_000
/** Some browsers give an empty canvas beyond this, and say nothing. */
const LARGEST_PX = 16_384 * 8_192

/** The code of a picture that did not get sharp. */
export const NOT_SHARP = 'picture_not_sharp'

/** Paint a view at `ratio` pixels for each CSS pixel, sharp. */
export function capture(view: View, ratio: number, style: PaintStyle, signal: AbortSignal): Promise<HTMLCanvasElement> {
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(view.viewport.width * ratio))
  canvas.height = Math.max(1, Math.round(view.viewport.height * ratio))
  if (canvas.width * canvas.height > LARGEST_PX) return Promise.reject(new ApiError('too_large', '', 0, null))
  const context = contextOf(canvas)
  const painter = new Painter()
  return new Promise((resolve, reject) => {
    let over = false
    let queued = false
    const tiles = new Tiles(view.slide, view.choice, { changed: () => soon(), colourFailed: (problem) => end(problem) })
    const timer = setTimeout(() => end(new ApiError(NOT_SHARP, '', 0, null)), LONGEST_MS)
    const abort = () => end(new DOMException('picture given up', 'AbortError'))
    signal.addEventListener('abort', abort)
    const end = (failure: Error | null) => {
      if (over) return
      over = true
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      tiles.close()
      if (failure === null) resolve(canvas)
      else reject(failure)
    }
    const look = () => {
      queued = false
      if (over) return
      const picture = tiles.picture(view.camera, view.viewport, ratio)
      if (tiles.state.problem !== null) end(tiles.state.problem)
      else if (tiles.state.waiting === 0) {
        painter.paint(context, picture, view.camera, ratio, style)
        end(null)
      }
    }
    const soon = () => {
      if (queued || over) return
      queued = true
      // Not a frame: a picture is finished in a tab that nobody looks at, too.
      setTimeout(look, 0)
    }
    if (signal.aborted) abort()
    else soon()
  })
}
