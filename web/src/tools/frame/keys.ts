/** A rectangle by keys: arrows move it as one sees them, Shift with arrows moves its right or lower edge. */
import { type Camera, type Point, screenToSlide } from '../../model/frame'
import type { Region } from '../../model/pyramid'

/** How far one press goes and how small a side may get, in CSS pixels; a key that is held repeats. */
export const STEP_PX = 10

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

export function isArrow(code: string): boolean {
  return code in ARROWS
}

/** Half as wide and half as high as what is shown, in its middle. */
export function middleOf({ left, top, right, bottom }: Region): Region {
  const [x, y] = [(right - left) / 4, (bottom - top) / 4]
  return { left: left + x, top: top + y, right: right - x, bottom: bottom - y }
}

/** The rectangle after an arrow key. On a turned slide the arrows mean what is right and down on the screen. */
export function afterArrow(region: Region, code: string, resize: boolean, camera: Camera): Region {
  const arrow = ARROWS[code]
  if (arrow === undefined) return region
  if (!resize) {
    const by = onSlide({ x: arrow.x * STEP_PX, y: arrow.y * STEP_PX }, camera)
    return { left: region.left + by.x, right: region.right + by.x, top: region.top + by.y, bottom: region.bottom + by.y }
  }
  // Which edge of the slide's rectangle lies to the right, or at the foot, of the screen.
  const outward = onSlide(arrow.x === 0 ? { x: 0, y: 1 } : { x: 1, y: 0 }, camera)
  const step = (arrow.x + arrow.y) * STEP_PX * camera.resolution
  const least = STEP_PX * camera.resolution
  if (Math.abs(outward.x) >= Math.abs(outward.y)) {
    return outward.x > 0
      ? { ...region, right: Math.max(region.left + least, region.right + step) }
      : { ...region, left: Math.min(region.right - least, region.left - step) }
  }
  return outward.y > 0
    ? { ...region, bottom: Math.max(region.top + least, region.bottom + step) }
    : { ...region, top: Math.min(region.bottom - least, region.top - step) }
}

/** A way on the screen as a way on the slide. */
function onSlide(way: Point, camera: Camera): Point {
  const at = screenToSlide(way, { ...camera, x: 0, y: 0 }, { width: 0, height: 0 })
  return { x: at.x, y: at.y }
}
