/** The OpenLayers view seen as a camera over the slide: slide pixels in, slide pixels out. */
import type { Coordinate } from 'ol/coordinate.js'
import { easeOut } from 'ol/easing.js'
import Projection from 'ol/proj/Projection.js'
import View from 'ol/View.js'
import {
  type Camera,
  type Extent,
  fitResolution,
  flippedHorizontally,
  flippedVertically,
  mapToSlide,
  normalAngle,
  type Point,
  slideToMap,
} from '../model/frame'

/** Sixteen screen pixels a level-0 pixel is as close as it gets. */
const FINEST = 1 / 16
/** Farthest out: the slide about this many CSS pixels wide. */
const SMALLEST_PX = 96
const GLIDE_MS = 180
/** A small slide beside a large one must be shown as small as it is. */
const ROAM = 16

export class SlideCamera {
  readonly view: View
  /** Moved together with others the view may leave the slide: the same place can lie beside the tissue here. */
  roaming = false
  private mirrored = false

  constructor(
    readonly slide: Extent,
    private readonly viewport: () => Extent,
  ) {
    const { width, height } = slide
    const extent: [number, number, number, number] = [-width / 2, -height / 2, width / 2, height / 2]
    this.view = new View({
      projection: new Projection({ code: 'slide', units: 'pixels', extent }),
      center: [0, 0],
      resolution: Math.max(width, height) / 512,
      extent,
      constrainOnlyCenter: true,
      smoothExtentConstraint: false,
      constrainRotation: false,
      minResolution: Math.min(FINEST, Math.max(width, height) / 4096),
      maxResolution: Math.max(width, height) / SMALLEST_PX,
      smoothResolutionConstraint: false,
    })
    const limits = this.view.getConstraints()
    const { center, resolution } = limits
    limits.center = (at, ...rest) => (this.roaming ? at : center(at, ...rest))
    limits.resolution = (at, ...rest) => {
      if (!this.roaming || at === undefined) return resolution(at, ...rest)
      return Math.min(Math.max(at, this.view.getMinResolution() / ROAM), this.view.getMaxResolution() * ROAM)
    }
  }

  get(): Camera {
    const centre = mapToSlide(this.view.getCenter() ?? [0, 0], this.slide, this.mirrored)
    return {
      ...centre,
      resolution: this.view.getResolution() ?? 1,
      rotation: normalAngle(this.view.getRotation()),
      mirrored: this.mirrored,
    }
  }

  /** Jump; parts left out stay. */
  set(change: Partial<Camera>): void {
    const next = { ...this.get(), ...change }
    this.view.cancelAnimations()
    this.mirrored = next.mirrored
    this.view.setRotation(next.rotation)
    this.view.setResolution(next.resolution)
    this.view.setCenter(slideToMap(next, this.slide, this.mirrored))
    this.view.changed()
  }

  /** Glide; the mirror cannot glide. */
  glide(change: Partial<Omit<Camera, 'mirrored'>>, duration = GLIDE_MS): void {
    const next = { ...this.get(), ...change }
    if (reducedMotion()) {
      this.set(next)
      return
    }
    this.view.cancelAnimations()
    this.view.animate({
      center: slideToMap(next, this.slide, this.mirrored),
      resolution: next.resolution,
      rotation: nearestTurn(next.rotation, this.view.getRotation()),
      duration,
      easing: easeOut,
    })
  }

  /** Glide to a resolution while the map point `anchor` stays where it is on the screen. */
  zoomTo(resolution: number, anchor?: Coordinate, duration = GLIDE_MS): void {
    const constrained = this.view.getConstrainedResolution(resolution) ?? resolution
    this.view.cancelAnimations()
    if (duration === 0 || reducedMotion()) {
      this.view.adjustResolution(constrained / (this.view.getResolution() ?? constrained), anchor)
      return
    }
    this.view.animate({ resolution: constrained, ...(anchor === undefined ? {} : { anchor }), duration, easing: easeOut })
  }

  fitTo(): Pick<Camera, 'x' | 'y' | 'resolution'> {
    const rotation = this.view.getRotation()
    return {
      x: this.slide.width / 2,
      y: this.slide.height / 2,
      resolution: fitResolution(this.slide, this.viewport(), rotation),
    }
  }

  flip(direction: 'horizontal' | 'vertical'): void {
    this.set(direction === 'horizontal' ? flippedHorizontally(this.get()) : flippedVertically(this.get()))
  }

  /** Move by CSS pixels of the screen: what lies `dx` to the right comes to the centre. */
  pan(dx: number, dy: number, duration = 0): void {
    const { resolution, rotation, mirrored, x, y } = this.get()
    const across = (dx * Math.cos(rotation) + dy * Math.sin(rotation)) * resolution
    const down = (dy * Math.cos(rotation) - dx * Math.sin(rotation)) * resolution
    const to = this.inside({ x: x + (mirrored ? -across : across), y: y + down })
    if (duration === 0) this.set(to)
    else this.glide(to, duration)
  }

  toMap(point: Point): [number, number] {
    return slideToMap(point, this.slide, this.mirrored)
  }

  toSlide(coordinate: Coordinate): Point {
    return mapToSlide(coordinate, this.slide, this.mirrored)
  }

  private inside(point: Point): Point {
    if (this.roaming) return point
    return {
      x: Math.min(Math.max(point.x, 0), this.slide.width),
      y: Math.min(Math.max(point.y, 0), this.slide.height),
    }
  }
}

export function reducedMotion(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches
}

/** The same direction as `angle`, on the short way from `from`. */
function nearestTurn(angle: number, from: number): number {
  return from + normalAngle(angle - from)
}
