/** The others on the slide: their cursors with names, what they look at, what they are drawing, the presenter's pointer. */
import type { Peer, PresenceState } from '../../live/presence'
import type { Viewport } from '../../live/wire'
import { t } from '../../i18n'
import { screenToSlide } from '../../model/frame'
import type { Position } from '../../model/annotations/types'
import { type Lens, onScreen } from './lens'
import { drawMark, drawWords, FILL, HALO } from './marks'

/** Between two words of a hand its cursor glides for this long. */
const GLIDE_MS = 90
/** A hand that has not been heard of for so long is not shown as a cursor. */
const ASLEEP_MS = 20_000
const POINTER_COLOUR = '#ff3b30'

export interface HandsChoice {
  readonly cursors: boolean
  readonly viewports: boolean
}

/** Where a peer's cursor is at this moment, on its way from where it was. */
export function cursorAt({ cursor, at, before }: Pick<Peer, 'cursor' | 'at' | 'before'>, now: number): Position | null {
  if (cursor === null || now - at > ASLEEP_MS) return null
  const from = before?.cursor ?? null
  const share = Math.min(1, Math.max(0, (now - at) / GLIDE_MS))
  if (from === null || share === 1) return cursor
  return [from[0] + (cursor[0] - from[0]) * share, from[1] + (cursor[1] - from[1]) * share]
}

/** Whether a cursor is still on its way, so that another frame is needed. */
export function areMoving(people: Iterable<Pick<Peer, 'at' | 'before' | 'cursor'>>, now: number): boolean {
  for (const peer of people) if (peer.cursor !== null && (peer.before?.cursor ?? null) !== null && now - peer.at < GLIDE_MS) return true
  return false
}

/** The corners of what somebody else sees, on the slide. */
export function viewportCorners(view: Viewport): Position[] {
  const corners: Position[] = [[0, 0], [view.width, 0], [view.width, view.height], [0, view.height]]
  return corners.map(([x, y]) => {
    const at = screenToSlide({ x, y }, view, view)
    return [at.x, at.y]
  })
}

export function drawHands(
  context: CanvasRenderingContext2D,
  { people, pointer, following }: Pick<PresenceState, 'people' | 'pointer' | 'following'>,
  lens: Lens,
  choice: HandsChoice,
  now: number,
): void {
  for (const [clientId, peer] of people) {
    const { colour } = peer.person
    if (choice.viewports && peer.viewport !== null && clientId !== following) drawViewport(context, peer, lens)
    if (peer.drawing !== null)
      drawMark(context, peer.drawing, lens, { colour, opacity: 0.9, fill: FILL, width: 2, dashed: true, halo: HALO })
    const at = choice.cursors ? cursorAt(peer, now) : null
    if (at !== null) drawCursor(context, onScreen(lens, at), nameOf(peer), colour, lens.ratio)
  }
  if (pointer !== null) drawPointer(context, onScreen(lens, pointer), lens.ratio)
}

function nameOf({ person }: Peer): string {
  return person.guest && !/\(/.test(person.name) ? t('draw.guest', { name: person.name }) : person.name
}

function drawViewport(context: CanvasRenderingContext2D, { viewport, person }: Peer, lens: Lens): void {
  if (viewport === null) return
  const corners = viewportCorners(viewport).map((corner) => onScreen(lens, corner))
  context.setTransform(lens.ratio, 0, 0, lens.ratio, 0, 0)
  context.beginPath()
  for (const { x, y } of corners) context.lineTo(x, y)
  context.closePath()
  for (const [width, colour] of [[3.5, 'rgba(0, 0, 0, 0.4)'], [1.5, person.colour]] as const) {
    context.lineWidth = width
    context.strokeStyle = colour
    context.setLineDash([10, 6])
    context.stroke()
  }
  context.setLineDash([])
}

function drawCursor(context: CanvasRenderingContext2D, { x, y }: { x: number; y: number }, name: string, colour: string, ratio: number): void {
  context.setTransform(ratio, 0, 0, ratio, x * ratio, y * ratio)
  context.beginPath()
  for (const [px, py] of [[0, 0], [0, 17], [4.5, 13], [11.5, 12]] as const) context.lineTo(px, py)
  context.closePath()
  context.lineJoin = 'round'
  context.lineWidth = 3
  context.strokeStyle = '#fff'
  context.stroke()
  context.fillStyle = colour
  context.fill()
  drawWords(context, { x: x + 11, y: y + 24 }, name, ratio, colour, 12)
}

function drawPointer(context: CanvasRenderingContext2D, { x, y }: { x: number; y: number }, ratio: number): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  for (const [radius, alpha] of [[14, 0.3], [7, 0.95]] as const) {
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.globalAlpha = alpha
    context.fillStyle = POINTER_COLOUR
    context.fill()
  }
  context.globalAlpha = 1
  context.lineWidth = 2
  context.strokeStyle = '#fff'
  context.stroke()
}
