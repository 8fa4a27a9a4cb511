/** What a round brush leaves when it is moved: the area within a distance of the way it took. */
import type { Point } from '../../../model/frame'
import type { Geometry, Position } from '../../../model/annotations/types'

/** Corners for a full turn: a circle of 200 CSS pixels is round to a fifth of a pixel. */
const CORNERS = 48

/** The area that a disc sweeps on its way from one point to another. */
export function swept(from: Point, to: Point, radius: number): Extract<Geometry, { kind: 'polygon' }> {
  const way = Math.atan2(to.y - from.y, to.x - from.x)
  const points: Position[] = []
  const half = CORNERS / 2
  const still = from.x === to.x && from.y === to.y
  // From the one side around the end, then from the other side around the beginning.
  for (const [centre, start] of [[to, way - Math.PI / 2], [from, way + Math.PI / 2]] as const) {
    // On the spot both halves are one circle, whose seams would be the same corners twice.
    const last = still ? half - 1 : half
    for (let i = 0; i <= last; i++) {
      const angle = start + (i / half) * Math.PI
      points.push([centre.x + radius * Math.cos(angle), centre.y + radius * Math.sin(angle)])
    }
  }
  return { kind: 'polygon', rings: [points] }
}
