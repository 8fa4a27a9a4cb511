/** What stands on a picture that leaves the viewer: scale bar, magnification, and whose it is. */
import { formatNumber, locale, t } from '../i18n'
import { magnification, magnificationText } from '../model/magnification'
import { scaleBar } from '../model/measure'
import { pixelSize } from '../model/slide'
import type { View } from './capture'
import { paintWatermark } from './watermark'

export interface CaptionChoice {
  scaleBar: boolean
  magnification: boolean
  /** A line of text, or null for none. */
  name: string | null
  /** Words across the whole picture, or null for none. */
  watermark: string | null
}

/** Lengths in CSS pixels; the card lies where the screen has it. */
const EDGE = 14
const PAD_X = 12
const PAD_Y = 9
const BAR_PX = 130
const LINE = 20
const INK = '#171a1e'
const PAPER = '#ffffff'
const FONT = 'system-ui, sans-serif'

/** Draw the caption onto a picture of `ratio` pixels for each CSS pixel. */
export function paintCaption(context: CanvasRenderingContext2D, view: View, ratio: number, choice: CaptionChoice): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.textBaseline = 'middle'
  if (choice.watermark !== null) paintWatermark(context, view.viewport.width, view.viewport.height, ratio, choice.watermark)
  const { width, height } = view.viewport
  paintScale(context, view, height, choice)
  if (choice.name !== null && choice.name !== '') paintName(context, choice.name, width, height)
  context.setTransform(1, 0, 0, 1, 0, 0)
}

/** "20x", with a word when the picture shows more than was scanned. */
export function magnificationLine(view: View): string {
  const value = magnification(view.slide, view.camera.resolution)
  const text = magnificationText(value, locale)
  return value.beyondScan ? `${text} · ${t('viewer.beyond')}` : text
}

function paintScale(context: CanvasRenderingContext2D, view: View, height: number, choice: CaptionChoice): void {
  const size = pixelSize(view.slide)
  const { resolution, rotation } = view.camera
  const bar = size === null || !choice.scaleBar ? null : scaleBar(size, resolution, rotation, BAR_PX)
  const text = choice.magnification ? magnificationLine(view) : null
  if (bar === null && text === null) return
  context.font = `600 17px ${FONT}`
  const textWidth = text === null ? 0 : context.measureText(text).width
  const wide = Math.max(textWidth, bar?.width ?? 0) + 2 * PAD_X
  const high = (text === null ? 0 : LINE) + (bar === null ? 0 : LINE + 2) + (text !== null && bar !== null ? 5 : 0) + 2 * PAD_Y
  const top = height - EDGE - high
  card(context, EDGE, top, wide, high)
  let y = top + PAD_Y
  context.textAlign = 'left'
  if (text !== null) {
    context.fillText(text, EDGE + PAD_X, y + LINE / 2)
    y += LINE + 5
  }
  if (bar === null) return
  const left = EDGE + PAD_X
  const bottom = y + LINE + 1
  context.strokeStyle = INK
  context.lineWidth = 2
  context.beginPath()
  context.moveTo(left + 1, y)
  context.lineTo(left + 1, bottom - 1)
  context.lineTo(left + bar.width - 1, bottom - 1)
  context.lineTo(left + bar.width - 1, y)
  context.stroke()
  context.font = `13px ${FONT}`
  context.textAlign = 'center'
  const length = bar.um < 1000 ? `${formatNumber(bar.um)} µm` : `${formatNumber(bar.um / 1000)} mm`
  context.fillText(length, left + bar.width / 2, y + LINE / 2 - 2)
}

function paintName(context: CanvasRenderingContext2D, name: string, width: number, height: number): void {
  context.font = `13px ${FONT}`
  let shown = name
  while (shown.length > 8 && context.measureText(shown).width > width / 2) shown = `${shown.slice(0, -2)}…`
  const wide = context.measureText(shown).width + 2 * PAD_X
  card(context, width - EDGE - wide, height - EDGE - 30, wide, 30)
  context.textAlign = 'left'
  context.fillText(shown, width - EDGE - wide + PAD_X, height - EDGE - 15)
}

function card(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  context.fillStyle = PAPER
  context.beginPath()
  context.roundRect(x, y, width, height, 8)
  context.fill()
  context.fillStyle = INK
}
