/** A cross on a viewer's picture at the place that the pointer shows in another: drawn apart, so that no tile is redrawn. */
import { type Point, slideToScreen } from '../model/frame'
import type { Viewer } from './viewer'

const SVG = 'http://www.w3.org/2000/svg'
const SIDE = 41
const ARM = SIDE / 2
/** The middle stays free: there lies what one looks at. */
const GAP = 5
const RIM = 'rgba(0, 0, 0, 0.75)'
export const CROSS_COLOUR = '#ffe14d'

export class Crosshair {
  private readonly svg = document.createElementNS(SVG, 'svg')
  private readonly stop: () => void
  private at: Point | null = null

  constructor(private readonly viewer: Viewer) {
    const { svg } = this
    svg.setAttribute('viewBox', `0 0 ${SIDE} ${SIDE}`)
    svg.setAttribute('aria-hidden', 'true')
    svg.classList.add('viewer-crosshair')
    for (const [width, colour] of [['4', RIM], ['2', CROSS_COLOUR]] as const) {
      const lines = document.createElementNS(SVG, 'path')
      const far = SIDE - 1
      lines.setAttribute('d', `M1 ${ARM}H${ARM - GAP}M${ARM + GAP} ${ARM}H${far}M${ARM} 1V${ARM - GAP}M${ARM} ${ARM + GAP}V${far}`)
      lines.setAttribute('stroke', colour)
      lines.setAttribute('stroke-width', width)
      svg.append(lines)
    }
    Object.assign(svg.style, {
      position: 'absolute',
      left: `${-ARM}px`,
      top: `${-ARM}px`,
      width: `${SIDE}px`,
      height: `${SIDE}px`,
      display: 'none',
      pointerEvents: 'none',
      zIndex: '2',
    })
    viewer.element.append(svg)
    this.stop = viewer.state.subscribe(() => this.draw())
  }

  /** Show the cross at a slide point, or nowhere. */
  show(at: Point | null): void {
    this.at = at
    this.draw()
  }

  close(): void {
    this.stop()
    this.svg.remove()
  }

  private draw(): void {
    const { style } = this.svg
    if (this.at === null) {
      style.display = 'none'
      return
    }
    const { camera, viewport } = this.viewer.state.get()
    const { x, y } = slideToScreen(this.at, camera, viewport)
    const outside = x < 0 || y < 0 || x > viewport.width || y > viewport.height
    style.display = outside ? 'none' : 'block'
    style.transform = `translate(${x}px, ${y}px)`
  }
}
