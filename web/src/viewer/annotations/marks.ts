/** Puts one shape onto a canvas: a line with a dark halo that shows on any tissue, a thin fill, points and words. */
import { length } from '../../model/annotations/shapes'
import type { Geometry, Position } from '../../model/annotations/types'
import { type Lens, onScreen, transformAt } from './lens'
import { outlineOf } from './outline'

export interface Mark {
  readonly colour: string
  /** Of the whole mark. */
  readonly opacity: number
  /** Share of the inside that is filled. */
  readonly fill: number
  readonly width: number
  readonly dashed: boolean
  readonly halo: string
}

export const LINE_PX = 2
export const FILL = 0.15
export const HALO = 'rgba(0, 0, 0, 0.65)'
export const FONT = 'system-ui, sans-serif'
const HALO_PX = 2
const POINT_PX = 5
const HEAD_PX = 13
const DASH = [7, 5]
/** What is smaller than this on the screen is a dot. */
const DOT_BELOW_PX = 3

export const PLAIN: Omit<Mark, 'colour'> = { opacity: 1, fill: FILL, width: LINE_PX, dashed: false, halo: HALO }

/** Whether a shape is too small on the screen for an outline. */
export function isDot(geometry: Geometry, lens: Lens): boolean {
  if (geometry.kind === 'point' || geometry.kind === 'multipoint' || geometry.kind === 'text') return false
  const { box } = outlineOf(geometry)
  return Math.max(box.maxX - box.minX, box.maxY - box.minY) / lens.camera.resolution < DOT_BELOW_PX
}

export function drawMark(context: CanvasRenderingContext2D, geometry: Geometry, lens: Lens, mark: Mark): void {
  context.globalAlpha = mark.opacity
  switch (geometry.kind) {
    case 'point':
      drawPoint(context, geometry.at, lens, mark)
      break
    case 'multipoint':
      for (const at of geometry.points) drawPoint(context, at, lens, mark)
      break
    case 'text':
      drawWords(context, onScreen(lens, geometry.at), geometry.text, lens.ratio, mark.colour)
      break
    default:
      drawOutline(context, geometry, lens, mark)
  }
  context.globalAlpha = 1
}

function drawOutline(context: CanvasRenderingContext2D, geometry: Geometry, lens: Lens, mark: Mark): void {
  const outline = outlineOf(geometry)
  const { path, closed } = outline.drawn
  const { resolution } = lens.camera
  context.setTransform(...transformAt(lens, outline.origin))
  context.lineJoin = 'round'
  context.lineCap = 'round'
  if (closed && mark.fill > 0) {
    context.globalAlpha = mark.opacity * mark.fill
    context.fillStyle = mark.colour
    context.fill(path, 'evenodd')
    context.globalAlpha = mark.opacity
  }
  context.lineWidth = (mark.width + HALO_PX) * resolution
  context.strokeStyle = mark.halo
  context.stroke(path)
  if (mark.dashed) context.setLineDash(DASH.map((px) => px * resolution))
  context.lineWidth = mark.width * resolution
  context.strokeStyle = mark.colour
  context.stroke(path)
  context.setLineDash([])
  if (geometry.kind === 'arrow') drawHead(context, geometry.points, lens, mark)
}

/** The head of an arrow, as large on any zoom; it shrinks only with an arrow that is hardly longer. */
function drawHead(context: CanvasRenderingContext2D, points: readonly Position[], lens: Lens, mark: Mark): void {
  const [from, to] = [points.at(-2), points.at(-1)]
  if (from === undefined || to === undefined) return
  const [a, b] = [onScreen(lens, from), onScreen(lens, to)]
  const long = Math.hypot(b.x - a.x, b.y - a.y)
  if (long === 0) return
  const size = Math.min(HEAD_PX, long)
  const [ux, uy] = [(b.x - a.x) / long, (b.y - a.y) / long]
  context.setTransform(lens.ratio, 0, 0, lens.ratio, 0, 0)
  context.beginPath()
  context.moveTo(b.x, b.y)
  context.lineTo(b.x - size * (ux + 0.45 * uy), b.y - size * (uy - 0.45 * ux))
  context.lineTo(b.x - size * (ux - 0.45 * uy), b.y - size * (uy + 0.45 * ux))
  context.closePath()
  context.lineWidth = HALO_PX
  context.strokeStyle = mark.halo
  context.stroke()
  context.fillStyle = mark.colour
  context.fill()
}

function drawPoint(context: CanvasRenderingContext2D, at: Position, lens: Lens, mark: Mark): void {
  const { x, y } = onScreen(lens, at)
  context.setTransform(lens.ratio, 0, 0, lens.ratio, 0, 0)
  context.beginPath()
  context.arc(x, y, POINT_PX + mark.width - LINE_PX, 0, 2 * Math.PI)
  context.fillStyle = mark.colour
  context.fill()
  context.lineWidth = HALO_PX
  context.strokeStyle = mark.halo
  if (mark.dashed) context.setLineDash([3, 2])
  context.stroke()
  context.setLineDash([])
}

/** Words on a dark card, upright whatever the slide's rotation; `at` is the middle of the left edge. */
export function drawWords(
  context: CanvasRenderingContext2D,
  at: { x: number; y: number },
  text: string,
  ratio: number,
  colour: string,
  size = 13,
): void {
  const lines = text.split('\n')
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.font = `600 ${size}px ${FONT}`
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  const step = size * 1.35
  const wide = Math.max(...lines.map((one) => context.measureText(one).width)) + 14
  const high = step * lines.length + 6
  context.fillStyle = 'rgba(16, 18, 20, 0.82)'
  context.beginPath()
  context.roundRect(at.x, at.y - high / 2, wide, high, 5)
  context.fill()
  context.fillStyle = colour
  context.fillRect(at.x, at.y - high / 2 + 3, 3, high - 6)
  context.fillStyle = '#fff'
  lines.forEach((one, i) => context.fillText(one, at.x + 8, at.y + (i - (lines.length - 1) / 2) * step))
}

/** Dots for what is too small for outlines: one for each place of the screen, however many objects lie there. */
export class Dots {
  private readonly places = new Map<string, Set<number>>()

  constructor(private readonly lens: Lens) {}

  add(geometry: Geometry, colour: string): void {
    const { box } = outlineOf(geometry)
    const { x, y } = onScreen(this.lens, [(box.minX + box.maxX) / 2, (box.minY + box.maxY) / 2])
    let places = this.places.get(colour)
    if (places === undefined) this.places.set(colour, (places = new Set()))
    places.add(Math.round(y / 2) * 65_536 + Math.round(x / 2))
  }

  draw(context: CanvasRenderingContext2D): void {
    const { ratio } = this.lens
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    for (const [colour, places] of this.places) {
      context.fillStyle = colour
      for (const place of places) {
        const y = Math.round(place / 65_536)
        context.fillRect((place - y * 65_536) * 2 - 1, y * 2 - 1, 2.5, 2.5)
      }
    }
  }
}

/** Whether a line is long enough on the screen to be hit or labelled. */
export function spansPx(geometry: Geometry, lens: Lens): number {
  if (geometry.kind === 'point' || geometry.kind === 'multipoint' || geometry.kind === 'text') return Infinity
  if (geometry.kind === 'line' || geometry.kind === 'arrow') return length(geometry) / lens.camera.resolution
  const { box } = outlineOf(geometry)
  return Math.max(box.maxX - box.minX, box.maxY - box.minY) / lens.camera.resolution
}
