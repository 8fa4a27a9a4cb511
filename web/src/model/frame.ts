/**
 * Three frames and the ways between them.
 *
 * - slide: level-0 pixels, x right, y down, (0, 0) the outer corner of the top-left pixel. The only stored frame.
 * - map: what OpenLayers sees. Its origin is the slide's centre and its y points up; a mirrored view is a
 *   mirrored x here, so that everything above (rotation, pointer, vectors) needs no second case.
 * - screen: CSS pixels in the viewport, x right, y down.
 */
export interface Point {
  x: number
  y: number
}

export interface Extent {
  width: number
  height: number
}

/** What is on the screen. Angles are radians, clockwise as seen. */
export interface Camera {
  /** Centre of the view in slide pixels. */
  x: number
  y: number
  /** Level-0 pixels per CSS pixel. */
  resolution: number
  rotation: number
  mirrored: boolean
}

export function slideToMap(point: Point, slide: Extent, mirrored: boolean): [number, number] {
  const x = point.x - slide.width / 2
  return [mirrored ? -x : x, slide.height / 2 - point.y]
}

export function mapToSlide(map: readonly number[], slide: Extent, mirrored: boolean): Point {
  const x = map[0] ?? 0
  return { x: slide.width / 2 + (mirrored ? -x : x), y: slide.height / 2 - (map[1] ?? 0) }
}

/** Slide pixels to CSS pixels of a viewport of this size. */
export function slideToScreen(point: Point, camera: Camera, viewport: Extent): Point {
  const dx = ((point.x - camera.x) / camera.resolution) * (camera.mirrored ? -1 : 1)
  const dy = (point.y - camera.y) / camera.resolution
  const cos = Math.cos(camera.rotation)
  const sin = Math.sin(camera.rotation)
  return { x: viewport.width / 2 + dx * cos - dy * sin, y: viewport.height / 2 + dx * sin + dy * cos }
}

/** CSS pixels of a viewport of this size to slide pixels. */
export function screenToSlide(point: Point, camera: Camera, viewport: Extent): Point {
  const dx = (point.x - viewport.width / 2) * camera.resolution
  const dy = (point.y - viewport.height / 2) * camera.resolution
  const cos = Math.cos(camera.rotation)
  const sin = Math.sin(camera.rotation)
  const across = dx * cos + dy * sin
  return { x: camera.x + (camera.mirrored ? -across : across), y: camera.y - dx * sin + dy * cos }
}

/** Mirror what is on the screen left to right; the centre stays. */
export function flippedHorizontally(camera: Camera): Camera {
  return { ...camera, mirrored: !camera.mirrored, rotation: normalAngle(-camera.rotation) }
}

/** Mirror what is on the screen top to bottom; the centre stays. */
export function flippedVertically(camera: Camera): Camera {
  return { ...camera, mirrored: !camera.mirrored, rotation: normalAngle(Math.PI - camera.rotation) }
}

/** The same angle in (-π, π]; quarter turns come out exact enough to be recognised as such. */
export function normalAngle(angle: number): number {
  const turn = 2 * Math.PI
  const inside = angle - turn * Math.ceil((angle - Math.PI) / turn)
  const quarter = quarterTurns(inside)
  if (quarter === null) return inside
  return quarter === 3 ? -Math.PI / 2 : (quarter * Math.PI) / 2
}

/** 0 to 3 when the angle is that many quarter turns, else null. */
export function quarterTurns(angle: number): 0 | 1 | 2 | 3 | null {
  const turns = angle / (Math.PI / 2)
  const near = Math.round(turns)
  if (Math.abs(turns - near) > 1e-6) return null
  return (((near % 4) + 4) % 4) as 0 | 1 | 2 | 3
}

/** The slide region that covers the whole viewport, whatever the rotation. */
export function visibleRegion(camera: Camera, viewport: Extent) {
  const corners = [
    { x: 0, y: 0 },
    { x: viewport.width, y: 0 },
    { x: 0, y: viewport.height },
    { x: viewport.width, y: viewport.height },
  ].map((corner) => screenToSlide(corner, camera, viewport))
  const xs = corners.map((corner) => corner.x)
  const ys = corners.map((corner) => corner.y)
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) }
}

/** Resolution at which the whole slide fits into the viewport, with a little air around it. */
export function fitResolution(slide: Extent, viewport: Extent, rotation: number, margin = 1.04): number {
  const cos = Math.abs(Math.cos(rotation))
  const sin = Math.abs(Math.sin(rotation))
  const width = slide.width * cos + slide.height * sin
  const height = slide.width * sin + slide.height * cos
  return Math.max(width / Math.max(viewport.width, 1), height / Math.max(viewport.height, 1)) * margin
}
