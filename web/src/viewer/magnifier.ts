/**
 * A loupe over the picture. It has tiles of its own, of the level that its own magnification needs, so that it
 * shows what was scanned and not the view's pixels enlarged.
 */
import { type Camera, type Extent, type Point, screenToSlide } from '../model/frame'
import type { Slide } from '../model/slide'
import { type Readable, Store } from '../model/store'
import type { LookChoice } from './look'
import { contextOf, Painter, type PaintStyle } from './paint'
import { Tiles } from './tiles'

export const FACTORS = [2, 4] as const
export type Factor = (typeof FACTORS)[number]

/** A key that comes up sooner than this was tapped: the loupe stays until the next tap. */
const TAP_MS = 300
const LARGEST_PX = 300

/** The side of the loupe in CSS pixels: a good part of a small screen, not more than needed on a large one. */
export function loupeSide(viewport: Extent): number {
  return Math.round(Math.min(LARGEST_PX, 0.6 * Math.min(viewport.width, viewport.height)) / 2) * 2
}

/** The loupe's state while its key goes down and up: held it shows, tapped it stays or goes. */
export function afterRelease(wasOn: boolean, heldMs: number): boolean {
  return heldMs < TAP_MS ? !wasOn : false
}

/** The picture that a loupe lies on. */
interface Picture {
  readonly element: HTMLElement
  readonly slide: Slide
  readonly state: Readable<{ camera: Camera; viewport: Extent; choice: LookChoice }>
  render(): void
}

export class Magnifier {
  readonly state = new Store<{ on: boolean; factor: Factor }>({ on: false, factor: 2 })
  private readonly painter = new Painter()
  private readonly canvas = document.createElement('canvas')
  private tiles: Tiles | null = null
  /** The middle of the loupe in CSS pixels of the viewport. */
  private at: Point | null = null
  private pressed: { at: number; wasOn: boolean } | null = null

  constructor(
    private readonly picture: Picture,
    private readonly style: () => PaintStyle,
  ) {
    picture.element.addEventListener('pointermove', this.follow)
  }

  close(): void {
    this.picture.element.removeEventListener('pointermove', this.follow)
    this.drop()
  }

  toggle(on = !this.state.get().on): void {
    this.state.set({ on })
    if (!on) this.drop()
    this.picture.render()
  }

  /** The next factor. */
  change(factor: Factor): void {
    this.state.set({ factor })
    this.picture.render()
  }

  /** The key goes down. */
  press(): void {
    this.pressed = { at: performance.now(), wasOn: this.state.get().on }
    this.toggle(true)
  }

  /** The key comes up. */
  release(): void {
    if (this.pressed === null) return
    this.toggle(afterRelease(this.pressed.wasOn, performance.now() - this.pressed.at))
    this.pressed = null
  }

  /** Two fingers carry the loupe while it is on; true when they do. */
  hold(at: Point): boolean {
    if (!this.state.get().on) return false
    this.at = at
    this.picture.render()
    return true
  }

  draw(context: CanvasRenderingContext2D): void {
    const { on, factor } = this.state.get()
    if (!on) return
    const { camera, viewport, choice } = this.picture.state.get()
    const ratio = window.devicePixelRatio || 1
    const side = loupeSide(viewport)
    const at = this.at ?? { x: viewport.width / 2, y: viewport.height / 2 }
    this.tiles ??= new Tiles(this.picture.slide, choice, { changed: () => this.picture.render(), colourFailed: () => undefined })
    this.tiles.choose(choice)
    const through = { ...camera, ...screenToSlide(at, camera, viewport), resolution: camera.resolution / factor }
    const pixels = Math.round(side * ratio)
    if (this.canvas.width !== pixels || this.canvas.height !== pixels) {
      this.canvas.width = pixels
      this.canvas.height = pixels
    }
    const picture = this.tiles.picture(through, { width: side, height: side }, ratio)
    this.painter.paint(contextOf(this.canvas), picture, through, ratio, this.style())
    context.save()
    context.beginPath()
    context.arc(at.x, at.y, side / 2, 0, 2 * Math.PI)
    context.clip()
    context.fillStyle = this.picture.slide.rgb ? '#fff' : '#000'
    context.fillRect(at.x - side / 2, at.y - side / 2, side, side)
    context.drawImage(this.canvas, at.x - side / 2, at.y - side / 2, side, side)
    context.restore()
    for (const [width, colour] of [[4, 'rgba(0, 0, 0, 0.7)'], [2, '#fff']] as const) {
      context.beginPath()
      context.arc(at.x, at.y, side / 2, 0, 2 * Math.PI)
      context.lineWidth = width
      context.strokeStyle = colour
      context.stroke()
    }
  }

  private drop(): void {
    this.tiles?.close()
    this.tiles = null
  }

  private readonly follow = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') return
    const box = this.picture.element.getBoundingClientRect()
    this.at = { x: event.clientX - box.left, y: event.clientY - box.top }
    if (this.state.get().on) this.picture.render()
  }
}
