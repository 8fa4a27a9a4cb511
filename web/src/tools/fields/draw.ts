/** Draws fields true to scale; a counted one is ticked and greyed. */
import { fieldOutline } from '../../model/fields'
import { slideToScreen } from '../../model/frame'
import type { Viewer } from '../../viewer/viewer'
import { drawLabel, type MeasureColours } from '../draw'
import type { Fields } from './fields'

export function drawFields(context: CanvasRenderingContext2D, viewer: Viewer, fields: Fields, colours: MeasureColours): void {
  const { size } = fields
  if (size === null) return
  const { camera, viewport } = viewer.state.get()
  for (const field of fields.state.get().fields) {
    const path = new Path2D()
    for (const point of fieldOutline(field, size)) {
      const at = slideToScreen(point, camera, viewport)
      path.lineTo(at.x, at.y)
    }
    path.closePath()
    context.setLineDash(field.counted ? [8, 6] : [])
    for (const [width, colour] of [[4, colours.rim], [2, colours.line]] as const) {
      context.lineWidth = width
      context.strokeStyle = colour
      context.stroke(path)
    }
    context.setLineDash([])
    drawLabel(context, slideToScreen(field, camera, viewport), field.counted ? `${field.no} ✓` : `${field.no}`, colours)
  }
}
