/** Shows how large brush and eraser are, around the pointer. */
import { slideToScreen } from '../../../model/frame'
import type { Viewer } from '../../../viewer/viewer'
import type { DrawToolId } from '../ids'
import { drawingSettings } from '../settings'

export class BrushCircle {
  private shown = false
  private readonly ends: (() => void)[]

  constructor(private readonly viewer: Viewer) {
    this.ends = [viewer.addOverlay((context) => this.draw(context), 'hands'), drawingSettings.subscribe(() => viewer.render())]
    let pointer = viewer.state.get().pointer
    this.ends.push(
      viewer.state.subscribe(() => {
        const now = viewer.state.get().pointer
        if (this.shown && now !== pointer) viewer.render()
        pointer = now
      }),
    )
  }

  show(tool: DrawToolId | null): void {
    this.shown = tool === 'brush' || tool === 'eraser'
    this.viewer.render()
  }

  close(): void {
    for (const end of this.ends) end()
  }

  private draw(context: CanvasRenderingContext2D): void {
    const { pointer, camera, viewport } = this.viewer.state.get()
    if (!this.shown || pointer === null) return
    const { x, y } = slideToScreen(pointer, camera, viewport)
    context.beginPath()
    context.arc(x, y, drawingSettings.get().brushPx / 2, 0, 2 * Math.PI)
    for (const [width, colour] of [[3, 'rgba(0, 0, 0, 0.6)'], [1.25, '#fff']] as const) {
      context.lineWidth = width
      context.strokeStyle = colour
      context.stroke()
    }
  }
}
