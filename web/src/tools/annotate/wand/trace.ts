/** The outline of a mask: a walk along the edges between pixels that belong and pixels that do not. */
import type { Point } from '../../../model/frame'
import type { Mask } from './flood'

/** Right, down, left, up; the pixels that belong lie on the right hand of the walk. */
const STEPS = [[1, 0], [0, 1], [-1, 0], [0, -1]] as const

/**
 * The outer outline of the first part of a mask, clockwise as seen, in pixels of the picture: the corners of the
 * pixels, one for each edge walked. Empty for an empty mask.
 */
export function outlineOf({ data, width, height, left, top }: Mask): Point[] {
  const start = data.indexOf(1)
  if (start < 0) return []
  const has = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === 1
  const [sx, sy] = [start % width, Math.floor(start / width)]
  const points: Point[] = []
  let [x, y] = [sx, sy]
  let way = 0
  do {
    points.push({ x: left + x, y: top + y })
    const [dx, dy] = STEPS[way] as readonly [number, number]
    x += dx
    y += dy
    // The two pixels ahead of this corner, on the left and on the right of the walk.
    const [lx, ly] = [x + (dx - 1) / 2 + dy / 2, y + (dy - 1) / 2 - dx / 2]
    const [rx, ry] = [x + (dx - 1) / 2 - dy / 2, y + (dy - 1) / 2 + dx / 2]
    // Pixels that meet at a corner only do not hang together, so the walk keeps close to its own.
    if (!has(rx, ry)) way = (way + 1) % 4
    else if (has(lx, ly)) way = (way + 3) % 4
  } while (x !== sx || y !== sy || way !== 0)
  return points
}

/** The middles of the edges of an outline: stairs of pixels become slopes. */
export function smoothed(points: readonly Point[]): Point[] {
  return points.map((point, i) => {
    const next = points[(i + 1) % points.length] as Point
    return { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
  })
}
