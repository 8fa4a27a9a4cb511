/** An OpenLayers layer that is one canvas in device pixels and a function that draws it. */
import Layer from 'ol/layer/Layer.js'
import type { FrameState } from 'ol/Map.js'

export type Draw = (canvas: HTMLCanvasElement, ratio: number, frame: FrameState) => void

export class CanvasLayer extends Layer {
  readonly canvas = document.createElement('canvas')

  constructor(
    private readonly draw: Draw,
    zIndex: number,
  ) {
    super({ zIndex })
    this.canvas.className = 'viewer-canvas'
    Object.assign(this.canvas.style, { position: 'absolute', left: '0', top: '0' })
  }

  override render(frame: FrameState | null): HTMLElement {
    if (frame === null) return this.canvas
    const ratio = window.devicePixelRatio || 1
    const width = Math.max(1, Math.round((frame.size[0] ?? 0) * ratio))
    const height = Math.max(1, Math.round((frame.size[1] ?? 0) * ratio))
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width
      this.canvas.height = height
      // Exactly as large as its pixels: a layout with fractions must not stretch it.
      this.canvas.style.width = `${width / ratio}px`
      this.canvas.style.height = `${height / ratio}px`
    }
    this.draw(this.canvas, ratio, frame)
    return this.canvas
  }
}
