/** Where a selected shape can be taken hold of: corners, the middles between them, the corners of its frame, a turn knob. */
import { type Box, bounds, type VertexPath, vertices } from '../../model/annotations/shapes'
import type { Geometry, Position } from '../../model/annotations/types'
import { type Lens, onScreen, screenAxes } from './lens'

export type Side = -1 | 0 | 1

export type Handle =
  | { readonly kind: 'vertex'; readonly at: Position; readonly path: VertexPath }
  /** Between the corner at `path` and the next one: dragging it makes a corner. */
  | { readonly kind: 'middle'; readonly at: Position; readonly path: VertexPath }
  | { readonly kind: 'scale'; readonly at: Position; readonly sx: Side; readonly sy: Side }
  | { readonly kind: 'turn'; readonly at: Position; readonly from: Position }

/** Corners one by one, or the whole in a frame. */
export type EditMode = 'corners' | 'frame'

/** A box that may be turned about its middle. */
export interface Frame {
  readonly cx: number
  readonly cy: number
  readonly halfWidth: number
  readonly halfHeight: number
  readonly rotation: number
}

const KNOB_PX = 26
/** Corners nearer to each other than this cannot be told apart. */
const APART_PX = 7
/** Middles only where there is room between two corners. */
const ROOM_PX = 26
/** More corners than this in view are not shown one by one. */
const MOST = 600

/** The frame of one shape, turned as the shape is, or of several together. */
export function frameOf(geometries: readonly Geometry[]): Frame | null {
  const [first] = geometries
  if (first === undefined) return null
  if (geometries.length === 1 && first.kind === 'rectangle') {
    const { x, y, width, height, rotation } = first
    return { cx: x + width / 2, cy: y + height / 2, halfWidth: width / 2, halfHeight: height / 2, rotation }
  }
  if (geometries.length === 1 && first.kind === 'ellipse') {
    return { cx: first.cx, cy: first.cy, halfWidth: first.rx, halfHeight: first.ry, rotation: first.rotation }
  }
  const box = geometries.map((one) => bounds(one)).reduce(joined)
  return {
    cx: (box.minX + box.maxX) / 2,
    cy: (box.minY + box.maxY) / 2,
    halfWidth: (box.maxX - box.minX) / 2,
    halfHeight: (box.maxY - box.minY) / 2,
    rotation: 0,
  }
}

function joined(a: Box, b: Box): Box {
  return { minX: Math.min(a.minX, b.minX), minY: Math.min(a.minY, b.minY), maxX: Math.max(a.maxX, b.maxX), maxY: Math.max(a.maxY, b.maxY) }
}

/** A point of a frame, from -1 to 1 in each direction from its middle. */
export function frameAt({ cx, cy, halfWidth, halfHeight, rotation }: Frame, sx: number, sy: number): Position {
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)]
  const [dx, dy] = [sx * halfWidth, sy * halfHeight]
  return [cx + dx * cos - dy * sin, cy + dx * sin + dy * cos]
}

/** Everything to take hold of, the things drawn on top last. */
export function handlesOf(geometries: readonly Geometry[], mode: EditMode, lens: Lens): Handle[] {
  const [only] = geometries
  if (only === undefined) return []
  if (geometries.length === 1) {
    if (only.kind === 'point' || only.kind === 'text') return []
    const boxed = only.kind === 'rectangle' || only.kind === 'ellipse'
    if (!boxed && (mode === 'corners' || only.kind === 'line' || only.kind === 'arrow')) return cornerHandles(only, lens)
  }
  return frameHandles(geometries, lens)
}

function frameHandles(geometries: readonly Geometry[], lens: Lens): Handle[] {
  const frame = frameOf(geometries)
  if (frame === null || (frame.halfWidth === 0 && frame.halfHeight === 0)) return []
  const [only] = geometries
  // Several things, or one that is not a plain box, keep their proportions: only the corners scale.
  const sides = geometries.length === 1 && (only?.kind === 'rectangle' || only?.kind === 'ellipse')
  const handles: Handle[] = [knob(frame, lens)]
  for (const sy of [-1, 0, 1] as const) {
    for (const sx of [-1, 0, 1] as const) {
      if ((sx === 0 && sy === 0) || (!sides && (sx === 0 || sy === 0))) continue
      handles.push({ kind: 'scale', sx, sy, at: frameAt(frame, sx, sy) })
    }
  }
  return handles
}

/** The knob stands out of that side of the frame which is uppermost on the screen. */
function knob(frame: Frame, lens: Lens): Handle {
  const { down } = screenAxes(lens.camera)
  const outward = ([[0, -1], [1, 0], [0, 1], [-1, 0]] as const).map(([sx, sy]) => {
    const from = frameAt(frame, sx, sy)
    const [cos, sin] = [Math.cos(frame.rotation), Math.sin(frame.rotation)]
    const way = { x: sx * cos - sy * sin, y: sx * sin + sy * cos }
    return { from, way, up: -(way.x * down.x + way.y * down.y) }
  })
  const best = outward.reduce((a, b) => (b.up > a.up + 1e-9 ? b : a))
  const reach = KNOB_PX * lens.camera.resolution
  return { kind: 'turn', from: best.from, at: [best.from[0] + best.way.x * reach, best.from[1] + best.way.y * reach] }
}

function cornerHandles(geometry: Geometry, lens: Lens): Handle[] {
  const { width, height } = lens.viewport
  const all = vertices(geometry)
  const corners: Handle[] = []
  const middles: Handle[] = []
  let last: { x: number; y: number } | null = null
  const closed = geometry.kind === 'polygon' || geometry.kind === 'multipolygon'
  for (const [i, { at, path }] of all.entries()) {
    const here = onScreen(lens, at)
    const after = nextOf(all, i, closed)
    if (after !== null) {
      const there = onScreen(lens, after)
      const middle = { x: (here.x + there.x) / 2, y: (here.y + there.y) / 2 }
      if (Math.hypot(there.x - here.x, there.y - here.y) >= ROOM_PX && isIn(middle, width, height))
        middles.push({ kind: 'middle', path, at: [(at[0] + after[0]) / 2, (at[1] + after[1]) / 2] })
    }
    if (!isIn(here, width, height)) continue
    if (last !== null && path.index > 0 && Math.hypot(here.x - last.x, here.y - last.y) < APART_PX) continue
    last = here
    corners.push({ kind: 'vertex', at, path })
  }
  if (corners.length > MOST) return []
  return geometry.kind === 'multipoint' ? corners : [...middles, ...corners]
}

/** The corner after the one at `i` on the same line; on a ring the first follows the last. */
function nextOf(all: ReturnType<typeof vertices>, i: number, closed: boolean): Position | null {
  const here = all[i]
  const after = all[i + 1]
  if (here === undefined) return null
  if (after !== undefined && after.path.ring === here.path.ring && after.path.polygon === here.path.polygon) return after.at
  return closed ? (all[i - here.path.index]?.at ?? null) : null
}

function isIn({ x, y }: { x: number; y: number }, width: number, height: number): boolean {
  return x >= -10 && y >= -10 && x <= width + 10 && y <= height + 10
}

const CORNER_PX = 4
const MIDDLE_PX = 3
const INK = '#101214'

export function drawHandles(
  context: CanvasRenderingContext2D,
  geometries: readonly Geometry[],
  handles: readonly Handle[],
  lens: Lens,
): void {
  context.setTransform(lens.ratio, 0, 0, lens.ratio, 0, 0)
  context.lineWidth = 1.5
  context.strokeStyle = INK
  if (handles.some((handle) => handle.kind === 'scale')) drawFrame(context, geometries, lens)
  for (const handle of handles) {
    const { x, y } = onScreen(lens, handle.at)
    context.fillStyle = handle.kind === 'middle' ? 'rgba(255, 255, 255, 0.6)' : '#fff'
    context.beginPath()
    if (handle.kind === 'turn') {
      const from = onScreen(lens, handle.from)
      context.moveTo(from.x, from.y)
      context.lineTo(x, y)
      context.stroke()
      context.beginPath()
      context.arc(x, y, CORNER_PX + 1, 0, 2 * Math.PI)
    } else if (handle.kind === 'middle') context.arc(x, y, MIDDLE_PX, 0, 2 * Math.PI)
    else context.rect(x - CORNER_PX, y - CORNER_PX, 2 * CORNER_PX, 2 * CORNER_PX)
    context.fill()
    context.stroke()
  }
}

/** A frame around what has no box of its own. */
function drawFrame(context: CanvasRenderingContext2D, geometries: readonly Geometry[], lens: Lens): void {
  const frame = frameOf(geometries)
  if (frame === null) return
  context.beginPath()
  for (const [sx, sy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]] as const) {
    const { x, y } = onScreen(lens, frameAt(frame, sx, sy))
    context.lineTo(x, y)
  }
  context.closePath()
  context.setLineDash([4, 4])
  context.stroke()
  context.setLineDash([])
}

/** The handle under a point of the screen, the topmost first; fingers need more room than a mouse. */
export function handleAt(handles: readonly Handle[], at: Position, lens: Lens, reach: number): Handle | null {
  const spot = onScreen(lens, at)
  let best: { handle: Handle; far: number } | null = null
  for (const handle of handles) {
    const { x, y } = onScreen(lens, handle.at)
    const far = Math.hypot(x - spot.x, y - spot.y) - (handle.kind === 'middle' ? 0 : 1.5)
    if (far <= reach && (best === null || far <= best.far)) best = { handle, far }
  }
  return best?.handle ?? null
}
