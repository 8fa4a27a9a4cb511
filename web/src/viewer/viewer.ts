/**
 * The viewer: one slide on one canvas. It knows nothing of panels; they read `state` and call its methods.
 */
import OlMap from 'ol/Map.js'
import type Interaction from 'ol/interaction/Interaction.js'
import type { Coordinate } from 'ol/coordinate.js'
import type { ApiError } from '../api/problem'
import { type Camera, type Extent, fitResolution, type Point } from '../model/frame'
import { nextStep, resolutionForObjective, stepResolutions } from '../model/magnification'
import { firstPlane, type Slide, validPlane } from '../model/slide'
import { Store } from '../model/store'
import type { View } from '../model/viewlink'
import { SlideCamera } from './camera'
import { CanvasLayer } from './canvasLayer'
import { FingerTaps } from './fingers'
import { DoubleClickInteraction, PanInteraction, TurnInteraction } from './gestures'
import type { LookChoice } from './look'
import { Magnifier } from './magnifier'
import { type PaintStyle, Painter, type Picture } from './paint'
import { PinchInteraction } from './pinch'
import { Tiles, type TilesState } from './tiles'
import { type Scrolling, WheelInteraction } from './wheel'

export interface ViewerState extends TilesState {
  camera: Camera
  viewport: Extent
  choice: LookChoice
  /** What is under the cursor, in slide pixels; null when the cursor is elsewhere. */
  pointer: Point | null
  /** The colour table could not be had: colours are shown as stored. */
  colourProblem: ApiError | null
}

export interface ViewerOptions {
  target: HTMLElement
  slide: Slide
  paintStyle: () => PaintStyle
  scrolling: () => Scrolling
  /** Two fingers do not turn the slide. */
  turnLocked?: () => boolean
  /** Where to start; what is left out shows the whole slide. */
  start: Partial<View>
}

/** Another slide's picture in place of this one's own. */
export type Guest = (viewport: Extent, ratio: number) => { picture: Picture; camera: Camera }

const CHOOSE_MS = 100

/** What an overlay shows: pictures may go without what people have drawn, and never show hands and handles. */
export type OverlayKind = 'results' | 'annotations' | 'hands' | 'other'

/** Drawn above the tiles, in CSS pixels. */
export type Overlay = (context: CanvasRenderingContext2D, viewer: Viewer) => void

export class Viewer {
  readonly state: Store<ViewerState>
  readonly slide: Slide
  readonly size: Extent
  readonly camera: SlideCamera
  readonly tiles: Tiles
  readonly magnifier: Magnifier
  private menu: ((at: Point) => void) | null = null
  private readonly map: OlMap
  /** Receives all pointer events. */
  readonly element: HTMLElement
  private readonly painter = new Painter()
  private overlays = new Map<Overlay, OverlayKind>()
  private guest: Guest | null = null
  private readonly ends: (() => void)[] = []
  private chooseTimer: ReturnType<typeof setTimeout> | null = null
  private placed = false
  private closed = false

  constructor(private readonly options: ViewerOptions) {
    const { slide, start, target } = options
    this.slide = slide
    this.size = { width: slide.width ?? 0, height: slide.height ?? 0 }
    this.camera = new SlideCamera(this.size, () => this.viewport())
    const choice: LookChoice = {
      plane: validPlane(slide, start.plane ?? firstPlane(slide)),
      time: Math.min(start.time ?? 0, slide.t_count - 1),
      style: start.style ?? null,
      managed: start.managed ?? true,
    }
    this.tiles = new Tiles(slide, choice, {
      changed: () => this.render(),
      colourFailed: (colourProblem) => this.state.set({ colourProblem }),
    })
    this.state = new Store<ViewerState>({
      ...this.tiles.state,
      camera: this.camera.get(),
      viewport: this.viewport(),
      choice,
      pointer: null,
      colourProblem: null,
    })
    const map = new OlMap({
      target,
      view: this.camera.view,
      controls: [],
      interactions: this.interactions(),
      layers: [
        new CanvasLayer((canvas, ratio) => this.drawTiles(canvas, ratio), 0),
        new CanvasLayer((canvas, ratio) => this.drawOverlays(canvas, ratio), 1),
      ],
      moveTolerance: 3,
    })
    this.map = map
    this.element = map.getViewport() ?? target
    this.map.on('change:size', () => this.place())
    this.magnifier = new Magnifier(this, options.paintStyle)
    this.overlays.set((context) => this.magnifier.draw(context), 'other')
    this.watchPointer()
    this.watchMenu()
    this.watchRatio()
    this.place()
  }

  /** Where a point of the screen (client coordinates) lies on the slide. */
  pointAt(clientX: number, clientY: number): Point {
    const box = this.element.getBoundingClientRect()
    return this.camera.toSlide(this.map.getCoordinateFromPixel([clientX - box.left, clientY - box.top]))
  }

  /** Everything a link needs. */
  view(): View {
    return { ...this.camera.get(), ...this.state.get().choice }
  }

  /** Change planes, style or colour management; the old picture stays until the new one arrives. */
  choose(change: Partial<LookChoice>): void {
    const choice = { ...this.state.get().choice, ...change }
    choice.plane = validPlane(this.slide, choice.plane)
    choice.time = Math.min(Math.max(choice.time, 0), this.slide.t_count - 1)
    this.state.set({ choice })
    // A slider moves faster than tiles arrive: at most ten looks a second are asked for.
    this.chooseTimer ??= setTimeout(() => {
      this.chooseTimer = null
      this.tiles.choose(this.state.get().choice)
      this.render()
    }, CHOOSE_MS)
  }

  fit(): void {
    this.camera.glide(this.camera.fitTo())
  }

  /** Show as through an objective; without a scale nothing happens. */
  objective(objective: number): void {
    const resolution = resolutionForObjective(this.slide, objective)
    if (resolution !== null) this.camera.zoomTo(resolution)
  }

  zoomBy(factor: number): void {
    this.camera.zoomTo((this.camera.view.getResolution() ?? 1) / factor)
  }

  /** To the next objective nearer (1) or farther (-1), around a map point. */
  step(direction: 1 | -1, anchor?: Coordinate): void {
    const resolution = this.camera.view.getResolution() ?? 1
    this.camera.zoomTo(nextStep(stepResolutions(this.slide), resolution, direction), anchor)
  }

  rotateBy(angle: number): void {
    this.camera.glide({ rotation: this.camera.get().rotation + angle })
  }

  /** North up and not mirrored; place and zoom stay. */
  reset(): void {
    this.camera.set({ rotation: 0, mirrored: false })
  }

  /** Show another picture until this is called with null; the view and what it waits for stay this slide's. */
  host(guest: Guest | null): void {
    this.guest = guest
    this.render()
  }

  /** Draw something above the tiles; the returned function takes it away. */
  addOverlay(overlay: Overlay, kind: OverlayKind = 'other'): () => void {
    // Layers that cover the slide lie below everything that is drawn on it.
    if (kind === 'results') this.overlays = new Map([[overlay, kind], ...this.overlays])
    else this.overlays.set(overlay, kind)
    this.map.render()
    return () => {
      this.overlays.delete(overlay)
      this.map.render()
    }
  }

  /** Call `end` when the viewer is closed. */
  onClose(end: () => void): void {
    this.ends.push(end)
  }

  /**
   * Let a tool see pointer events before panning does; the returned function takes it out again.
   * What lies `beneath` sees only what no tool and no gesture took.
   */
  addInteraction(interaction: Interaction, beneath = false): () => void {
    if (beneath) this.map.getInteractions().insertAt(0, interaction)
    else this.map.addInteraction(interaction)
    return () => {
      this.map.removeInteraction(interaction)
    }
  }

  /** Draw what lies above the tiles onto a picture of `ratio` pixels for each CSS pixel. */
  paintOverlays(context: CanvasRenderingContext2D, ratio: number, without: readonly OverlayKind[] = []): void {
    for (const [overlay, kind] of this.overlays) {
      if (without.includes(kind)) continue
      context.setTransform(ratio, 0, 0, ratio, 0, 0)
      overlay(context, this)
    }
    context.setTransform(1, 0, 0, 1, 0, 0)
  }

  /** What the screen shows now, sharp or not, at its own density. */
  paintNow(canvas: HTMLCanvasElement, ratio: number, without: readonly OverlayKind[] = []): void {
    const context = canvas.getContext('2d')
    if (context === null) return
    this.paintTiles(context, ratio)
    this.paintOverlays(context, ratio, without)
  }

  /** The pixels of the tiles as they are shown now, one for each CSS pixel; null before the slide has a place. */
  pixels(): ImageData | null {
    const { width, height } = this.viewport()
    if (width === 0 || height === 0) return null
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width, height })
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (context === null) return null
    this.paintTiles(context, 1)
    return context.getImageData(0, 0, width, height)
  }

  /** Tell where a menu is asked for, by a right click or a long press, in client coordinates; gives the way to stop. */
  listenForMenu(listener: (at: Point) => void): () => void {
    this.menu = listener
    return () => {
      if (this.menu === listener) this.menu = null
    }
  }

  render(): void {
    if (!this.closed) this.map.render()
  }

  close(): void {
    this.closed = true
    if (this.chooseTimer !== null) clearTimeout(this.chooseTimer)
    for (const end of this.ends) end()
    this.magnifier.close()
    this.tiles.close()
    this.map.setTarget(undefined)
    this.map.dispose()
  }

  private interactions(): Interaction[] {
    return [
      new TurnInteraction(this.camera),
      new PanInteraction(this.camera),
      new PinchInteraction(this.camera, {
        viewport: () => this.viewport(),
        turnLocked: () => this.options.turnLocked?.() ?? false,
        taken: (at) => this.magnifier.hold(at),
      }),
      new DoubleClickInteraction((direction, anchor) => this.step(direction, anchor)),
      new WheelInteraction(this.camera, this.options.scrolling),
    ]
  }

  /** Go where the link says or show the whole slide; a view that shows the whole slide goes on doing so. */
  private place(): void {
    const viewport = this.viewport()
    if (viewport.width === 0 || viewport.height === 0) return
    const { start } = this.options
    if (!this.placed) {
      this.placed = true
      this.camera.set({ rotation: start.rotation ?? 0, mirrored: start.mirrored ?? false })
      const whole = this.camera.fitTo()
      this.camera.set({ x: start.x ?? whole.x, y: start.y ?? whole.y, resolution: start.resolution ?? whole.resolution })
    } else if (this.isFitted()) this.camera.set(this.camera.fitTo())
    this.state.set({ viewport })
    this.map.render()
  }

  /** Whether the view is the one that `fit` gave at the last known size of the viewport. */
  private isFitted(): boolean {
    const { x, y, resolution, rotation } = this.camera.get()
    const whole = fitResolution(this.size, this.state.get().viewport, rotation)
    const near = (a: number, b: number) => Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(b))
    return near(x, this.size.width / 2) && near(y, this.size.height / 2) && near(resolution, whole)
  }

  private viewport(): Extent {
    const target = this.options.target
    return { width: target.clientWidth, height: target.clientHeight }
  }

  private drawTiles(canvas: HTMLCanvasElement, ratio: number): void {
    if (!this.placed) return
    const context = canvas.getContext('2d')
    if (context === null) return
    const camera = this.camera.get()
    const own = { picture: this.tiles.picture(camera, this.viewport(), ratio), camera }
    const shown = this.guest?.(this.viewport(), ratio) ?? own
    this.painter.paint(context, shown.picture, shown.camera, ratio, this.options.paintStyle())
    this.state.set({ ...this.tiles.state, ...(same(camera, this.state.get().camera) ? {} : { camera }) })
  }

  private paintTiles(context: CanvasRenderingContext2D, ratio: number): void {
    const camera = this.camera.get()
    const picture = this.tiles.picture(camera, this.viewport(), ratio)
    new Painter().paint(context, picture, camera, ratio, this.options.paintStyle())
  }

  private drawOverlays(canvas: HTMLCanvasElement, ratio: number): void {
    const context = canvas.getContext('2d')
    if (context === null) return
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, canvas.width, canvas.height)
    this.paintOverlays(context, ratio)
  }

  private watchPointer(): void {
    const { element } = this
    const move = (event: PointerEvent) => {
      if (event.pointerType === 'touch') return
      this.state.set({ pointer: this.pointAt(event.clientX, event.clientY) })
    }
    const leave = (event: PointerEvent) => {
      // A finger that is lifted leaves, too; what it pointed at stays.
      if (event.pointerType !== 'touch') this.state.set({ pointer: null })
    }
    element.addEventListener('pointermove', move)
    element.addEventListener('pointerleave', leave)
    this.ends.push(() => {
      element.removeEventListener('pointermove', move)
      element.removeEventListener('pointerleave', leave)
    })
  }

  private watchMenu(): void {
    const { element } = this
    const taps = new FingerTaps(element, {
      longPress: (at) => this.menu?.(at),
      twoFingerTap: ({ x, y }) => this.step(-1, this.camera.toMap(this.pointAt(x, y))),
      tap: ({ x, y }) => this.state.set({ pointer: this.pointAt(x, y) }),
    })
    const menu = (event: MouseEvent) => {
      event.preventDefault()
      this.menu?.({ x: event.clientX, y: event.clientY })
    }
    element.addEventListener('contextmenu', menu)
    this.ends.push(() => {
      taps.close()
      element.removeEventListener('contextmenu', menu)
    })
  }

  /** A window moved to a screen of another pixel density needs a new picture. */
  private watchRatio(): void {
    let query: MediaQueryList | null = null
    const watch = () => {
      query?.removeEventListener('change', watch)
      query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`)
      query.addEventListener('change', watch)
      this.map.render()
    }
    watch()
    this.ends.push(() => query?.removeEventListener('change', watch))
  }
}

function same(a: Camera, b: Camera): boolean {
  return (
    a.x === b.x && a.y === b.y && a.resolution === b.resolution && a.rotation === b.rotation && a.mirrored === b.mirrored
  )
}
