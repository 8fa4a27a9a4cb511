/** Draws measurements with their values; light lines on a dark rim show on any tissue. */
import { formatArea, formatLength } from '../i18n/format'
import { type Point, slideToScreen } from '../model/frame'
import { areaUm2, lengthUm, perimeterUm } from '../model/measure'
import { pixelSize, type PixelSize } from '../model/slide'
import type { Viewer } from '../viewer/viewer'
import type { Measurement } from './tool'

export interface MeasureColours {
  line: string
  rim: string
  labelBack: string
  labelText: string
  font: string
}

/** The value of a measurement as text; null while there is nothing to measure. */
export function measurementText(measurement: Measurement, size: PixelSize): string | null {
  const { kind, points } = measurement
  if (kind === 'ruler') return points.length < 2 ? null : formatLength(lengthUm(points, size))
  if (points.length < 3) return null
  return `${formatArea(areaUm2(points, size))} · ${formatLength(perimeterUm(points, size))}`
}

export function drawMeasurements(
  context: CanvasRenderingContext2D,
  viewer: Viewer,
  measurements: readonly Measurement[],
  colours: MeasureColours,
): void {
  const size = pixelSize(viewer.slide)
  if (size === null) return
  const { camera, viewport } = viewer.state.get()
  for (const measurement of measurements) {
    const points = measurement.points.map((point) => slideToScreen(point, camera, viewport))
    drawLine(context, points, measurement, colours)
    const text = measurementText(measurement, size)
    if (text !== null) drawLabel(context, labelPlace(points, measurement), text, colours)
  }
}

function drawLine(context: CanvasRenderingContext2D, points: readonly Point[], measurement: Measurement, colours: MeasureColours): void {
  const path = new Path2D()
  points.forEach((point, i) => (i === 0 ? path.moveTo(point.x, point.y) : path.lineTo(point.x, point.y)))
  if (measurement.kind === 'area') path.closePath()
  else for (const end of points.slice(0, 2)) tick(path, end, points)
  context.lineJoin = 'round'
  context.lineCap = 'round'
  for (const [width, colour] of [[4, colours.rim], [2, colours.line]] as const) {
    context.lineWidth = width
    context.strokeStyle = colour
    context.stroke(path)
  }
}

/** A short cross line at the end of a ruler. */
function tick(path: Path2D, end: Point, points: readonly Point[]): void {
  const [from, to] = points
  if (from === undefined || to === undefined) return
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  const dx = (-(to.y - from.y) / length) * 6
  const dy = ((to.x - from.x) / length) * 6
  path.moveTo(end.x - dx, end.y - dy)
  path.lineTo(end.x + dx, end.y + dy)
}

function labelPlace(points: readonly Point[], measurement: Measurement): Point {
  const sum = points.reduce((total, point) => ({ x: total.x + point.x, y: total.y + point.y }), { x: 0, y: 0 })
  const middle = { x: sum.x / points.length, y: sum.y / points.length }
  return measurement.kind === 'area' ? middle : { x: middle.x, y: middle.y - 18 }
}

export function drawLabel(context: CanvasRenderingContext2D, at: Point, text: string, colours: MeasureColours): void {
  context.font = `600 13px ${colours.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  const width = context.measureText(text).width + 14
  context.fillStyle = colours.labelBack
  context.beginPath()
  context.roundRect(at.x - width / 2, at.y - 12, width, 24, 6)
  context.fill()
  context.fillStyle = colours.labelText
  context.fillText(text, at.x, at.y)
}
