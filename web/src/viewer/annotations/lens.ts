/** The way from slide pixels to the pixels of a canvas, and what of the slide lies on it. */
import { type Camera, type Extent, type Point, quarterTurns, slideToScreen, visibleRegion } from '../../model/frame'
import type { Box } from '../../model/annotations/shapes'
import type { Position } from '../../model/annotations/types'

export interface Lens {
  readonly camera: Camera
  /** Size of the canvas in CSS pixels; the camera looks at its middle. */
  readonly viewport: Extent
  /** Device pixels per CSS pixel. */
  readonly ratio: number
}

type Transform = [number, number, number, number, number, number]

/** The canvas transform under which what is drawn around `origin` (slide pixels) comes to lie where it belongs. */
export function transformAt({ camera, viewport, ratio }: Lens, origin: Position): Transform {
  const turns = quarterTurns(camera.rotation)
  const cos = turns === null ? Math.cos(camera.rotation) : ([1, 0, -1, 0][turns] as number)
  const sin = turns === null ? Math.sin(camera.rotation) : ([0, 1, 0, -1][turns] as number)
  const scale = ratio / camera.resolution
  const flip = camera.mirrored ? -1 : 1
  const at = slideToScreen({ x: origin[0], y: origin[1] }, camera, viewport)
  return [cos * flip * scale, sin * flip * scale, -sin * scale, cos * scale, at.x * ratio, at.y * ratio]
}

/** A slide point in CSS pixels of the canvas. */
export function onScreen(lens: Lens, [x, y]: Position): Point {
  return slideToScreen({ x, y }, lens.camera, lens.viewport)
}

/** The part of the slide that the canvas shows, with a rim in CSS pixels for what is thicker than its outline. */
export function boxOf({ camera, viewport }: Lens, rim = 16): Box {
  const { left, top, right, bottom } = visibleRegion(camera, viewport)
  const more = rim * camera.resolution
  return { minX: left - more, minY: top - more, maxX: right + more, maxY: bottom + more }
}

/** The directions of the screen, right and down, on the slide; of length 1. */
export function screenAxes({ rotation, mirrored }: Pick<Camera, 'rotation' | 'mirrored'>): { across: Point; down: Point } {
  const flip = mirrored ? -1 : 1
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)]
  return { across: { x: flip * cos, y: -sin }, down: { x: flip * sin, y: cos } }
}

/** The transform that shows a picture made under one camera as another camera sees it, in CSS pixels around the middles. */
export function between(from: Lens, to: Lens): Transform {
  const scale = from.camera.resolution / to.camera.resolution
  const turn = to.camera.rotation - from.camera.rotation
  const [cos, sin] = [Math.cos(turn) * scale, Math.sin(turn) * scale]
  const at = slideToScreen(from.camera, to.camera, to.viewport)
  return [cos, sin, -sin, cos, at.x, at.y]
}
