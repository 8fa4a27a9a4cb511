/** What becomes of shapes that are taken by a handle. Pure: the same handle and place give the same shape. */
import { deleteVertex, insertVertex, moveVertex, rotate, scale, translate } from '../../../model/annotations/shapes'
import type { Geometry, Position } from '../../../model/annotations/types'
import { type Frame, frameAt, type Handle } from '../../../viewer/annotations/handles'

type Scale = Extract<Handle, { kind: 'scale' }>

/** A shape without any width could not be taken by its handles again. */
const THINNEST_PX = 1

const TURN_STEP = Math.PI / 12

/** Shapes moved by a way on the slide. */
export function movedBy(geometries: readonly Geometry[], dx: number, dy: number): Geometry[] {
  return geometries.map((geometry) => translate(geometry, dx, dy))
}

/** Shapes turned about the middle of their frame, from one direction to another; in steps of 15 degrees if asked. */
export function turned(geometries: readonly Geometry[], frame: Frame, from: Position, to: Position, inSteps: boolean): Geometry[] {
  const about: Position = [frame.cx, frame.cy]
  const angleOf = ([x, y]: Position) => Math.atan2(y - frame.cy, x - frame.cx)
  const raw = angleOf(to) - angleOf(from)
  // In steps of the angle that is kept, so that a tilted box becomes a straight one.
  const angle = inSteps ? Math.round((frame.rotation + raw) / TURN_STEP) * TURN_STEP - frame.rotation : raw
  return geometries.map((geometry) => rotate(geometry, angle, about))
}

/**
 * Shapes whose frame is taken by a corner or a side. One rectangle or ellipse follows in both directions of its own
 * frame; everything else keeps its proportions, because a turned box among them could not follow otherwise.
 */
export function scaled(geometries: readonly Geometry[], frame: Frame, handle: Scale, to: Position, keep: boolean): Geometry[] {
  const [only] = geometries
  const boxed = geometries.length === 1 && (only?.kind === 'rectangle' || only?.kind === 'ellipse')
  const still = frameAt(frame, -handle.sx, -handle.sy)
  const [cos, sin] = [Math.cos(frame.rotation), Math.sin(frame.rotation)]
  const [dx, dy] = [to[0] - still[0], to[1] - still[1]]
  // How far the handle is from the opposite one, along the frame's own directions.
  const along = (dx * cos + dy * sin) * handle.sx
  const down = (dy * cos - dx * sin) * handle.sy
  let width = handle.sx === 0 ? 2 * frame.halfWidth : Math.max(THINNEST_PX, along)
  let height = handle.sy === 0 ? 2 * frame.halfHeight : Math.max(THINNEST_PX, down)
  if ((keep || !boxed) && handle.sx !== 0 && handle.sy !== 0) {
    const factor = Math.max(share(width, 2 * frame.halfWidth), share(height, 2 * frame.halfHeight))
    width = 2 * frame.halfWidth * factor
    height = 2 * frame.halfHeight * factor
  }
  if (boxed) return [boxFrom(only, frame, still, handle, width, height)]
  const factor = frame.halfWidth > 0 ? width / (2 * frame.halfWidth) : share(height, 2 * frame.halfHeight)
  return geometries.map((geometry) => scale(geometry, factor, factor, still))
}

function share(size: number, of: number): number {
  return of === 0 ? 0 : size / of
}

/** The box with a new size whose side or corner opposite the handle stays where it is. */
function boxFrom(
  shape: Extract<Geometry, { kind: 'rectangle' | 'ellipse' }>,
  frame: Frame,
  still: Position,
  { sx, sy }: Scale,
  width: number,
  height: number,
): Geometry {
  const [cos, sin] = [Math.cos(frame.rotation), Math.sin(frame.rotation)]
  const [ox, oy] = [(sx * width) / 2, (sy * height) / 2]
  const [cx, cy] = [still[0] + ox * cos - oy * sin, still[1] + ox * sin + oy * cos]
  if (shape.kind === 'ellipse') return { ...shape, cx, cy, rx: width / 2, ry: height / 2 }
  return { ...shape, x: cx - width / 2, y: cy - height / 2, width, height }
}

/** A shape one of whose corners is taken to a place; a middle becomes a corner first. */
export function bent(geometry: Geometry, handle: Extract<Handle, { kind: 'vertex' | 'middle' }>, to: Position): Geometry {
  return handle.kind === 'vertex' ? moveVertex(geometry, handle.path, to) : insertVertex(geometry, handle.path, to)
}

/** A shape without one of its corners; null when too few would remain. */
export function withoutCorner(geometry: Geometry, handle: Extract<Handle, { kind: 'vertex' }>): Geometry | null {
  return deleteVertex(geometry, handle.path)
}
