/** Paints the outlines of one vector tile, and finds the object at a place in it. */
import { SELECTED, SHOWN } from '../../model/results/filters'
import type { Palette } from '../../model/results/colouring'
import type { ObjectTile } from './mvt'

/** From tile units to pixels of the bitmap. */
export interface Placing {
  readonly scale: number
  readonly left: number
  readonly top: number
  readonly side: number
}

export interface Ink {
  readonly palette: Palette
  /** The place in the palette of an object. */
  readonly place: (object_no: number, code: number) => number
  readonly flags: Uint8Array
  readonly fill: boolean
  readonly outline: boolean
  /** About how large an object is in pixels of the bitmap. */
  readonly objectPx: number
}

/** Objects smaller than this are painted as spots: their outlines would be all there is. */
const SPOT_BELOW_PX = 5
const FILL_ALPHA = 0.3
const SPOT_ALPHA = 0.75
const LINE_PX = 1.5
export const SELECTED_COLOUR = '#ffe14d'
const POINT_PX = 3

type Context = OffscreenCanvasRenderingContext2D

export function paintShapes(context: Context, tile: ObjectTile, at: Placing, ink: Ink): void {
  const { order, starts, selected } = sorted(tile, at, ink)
  const spots = ink.objectPx < SPOT_BELOW_PX
  const outline = ink.outline && !spots
  const fill = ink.fill || spots
  context.lineJoin = 'round'
  context.lineWidth = LINE_PX
  for (let place = 0; place + 1 < starts.length; place++) {
    const from = starts[place] as number
    const to = starts[place + 1] as number
    const colour = ink.palette.css[place]
    if (from === to || colour === undefined) continue
    context.beginPath()
    for (let i = from; i < to; i++) trace(context, tile, order[i] as number, at)
    if (fill) {
      context.globalAlpha = outline ? FILL_ALPHA : SPOT_ALPHA
      context.fillStyle = colour
      context.fill()
    }
    if (outline) {
      context.globalAlpha = 1
      context.strokeStyle = colour
      context.stroke()
    }
  }
  context.globalAlpha = 1
  if (selected.length > 0) {
    context.beginPath()
    for (const one of selected) trace(context, tile, one, at)
    context.lineWidth = 2 * LINE_PX
    context.strokeStyle = SELECTED_COLOUR
    context.stroke()
  }
}

/** The objects that are shown and touch the bitmap, by their colour. */
function sorted(tile: ObjectTile, at: Placing, ink: Ink): { order: Uint32Array; starts: Uint32Array; selected: number[] } {
  const places = new Int32Array(tile.count).fill(-1)
  const starts = new Uint32Array(ink.palette.css.length + 1)
  const selected: number[] = []
  const reach = 2 * LINE_PX + POINT_PX
  for (let i = 0; i < tile.count; i++) {
    const flags = ink.flags[tile.numbers[i] as number] ?? 0
    if ((flags & SHOWN) === 0) continue
    const left = (tile.boxes[4 * i] as number) * at.scale + at.left
    const top = (tile.boxes[4 * i + 1] as number) * at.scale + at.top
    const right = (tile.boxes[4 * i + 2] as number) * at.scale + at.left
    const bottom = (tile.boxes[4 * i + 3] as number) * at.scale + at.top
    if (right < -reach || bottom < -reach || left > at.side + reach || top > at.side + reach) continue
    const place = ink.place(tile.numbers[i] as number, tile.classes[i] as number)
    places[i] = place
    starts[place + 1] = (starts[place + 1] as number) + 1
    if ((flags & SELECTED) !== 0) selected.push(i)
  }
  for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number)
  const order = new Uint32Array(starts[starts.length - 1] as number)
  const next = starts.slice()
  for (let i = 0; i < tile.count; i++) {
    const place = places[i] as number
    if (place < 0) continue
    order[next[place] as number] = i
    next[place] = (next[place] as number) + 1
  }
  return { order, starts, selected }
}

function trace(context: Context, tile: ObjectTile, one: number, at: Placing): void {
  const { xy, corners, rings } = tile
  const { scale, left, top } = at
  for (let ring = rings[one] as number; ring < (rings[one + 1] as number); ring++) {
    const from = corners[ring] as number
    const to = corners[ring + 1] as number
    const x = (xy[2 * from] as number) * scale + left
    const y = (xy[2 * from + 1] as number) * scale + top
    if (to - from < 3) {
      context.moveTo(x + POINT_PX, y)
      context.arc(x, y, POINT_PX, 0, 2 * Math.PI)
      continue
    }
    context.moveTo(x, y)
    for (let i = from + 1; i < to; i++) context.lineTo((xy[2 * i] as number) * scale + left, (xy[2 * i + 1] as number) * scale + top)
    context.closePath()
  }
}

/** The smallest shown object at a place in tile units, or the nearest point within `reach`; null when there is none. */
export function objectAt(tile: ObjectTile, x: number, y: number, reach: number, flags: Uint8Array): number | null {
  let best: number | null = null
  let least = Infinity
  for (let i = 0; i < tile.count; i++) {
    const number = tile.numbers[i] as number
    if (((flags[number] ?? 0) & SHOWN) === 0) continue
    const left = tile.boxes[4 * i] as number
    const top = tile.boxes[4 * i + 1] as number
    const right = tile.boxes[4 * i + 2] as number
    const bottom = tile.boxes[4 * i + 3] as number
    if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) continue
    const isPoint = right === left && bottom === top
    const distance = Math.hypot(x - left, y - top)
    if (isPoint ? distance > reach : !inside(tile, i, x, y)) continue
    const size = isPoint ? distance : (right - left) * (bottom - top)
    if (size < least) {
      least = size
      best = number
    }
  }
  return best
}

/** Even-odd over all rings: a hole is outside. */
function inside(tile: ObjectTile, one: number, x: number, y: number): boolean {
  const { xy, corners, rings } = tile
  let odd = false
  for (let ring = rings[one] as number; ring < (rings[one + 1] as number); ring++) {
    const from = corners[ring] as number
    const to = corners[ring + 1] as number
    for (let i = from, j = to - 1; i < to; j = i++) {
      const yi = xy[2 * i + 1] as number
      const yj = xy[2 * j + 1] as number
      if (yi > y === yj > y) continue
      const xi = xy[2 * i] as number
      const xj = xy[2 * j] as number
      if (x < xi + ((y - yi) / (yj - yi)) * (xj - xi)) odd = !odd
    }
  }
  return odd
}
