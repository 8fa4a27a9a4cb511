/** Paths of shapes around an origin of their own, so that large coordinates keep their precision; made once a shape. */
import { type Box, bounds, toPolygons } from '../../model/annotations/shapes'
import type { Geometry, Position, Ring } from '../../model/annotations/types'

export class Outline {
  readonly box: Box
  readonly origin: Position
  private made: { path: Path2D; closed: boolean } | null = null

  constructor(private readonly geometry: Geometry) {
    this.box = bounds(geometry)
    this.origin = [this.box.minX, this.box.minY]
  }

  /** The path around `origin`, and whether it has an inside to fill; made when it is first drawn. */
  get drawn(): { readonly path: Path2D; readonly closed: boolean } {
    if (this.made === null) {
      const path = new Path2D()
      this.made = { path, closed: trace(path, this.geometry, this.origin) }
    }
    return this.made
  }
}

/** What a path is made of; Path2D, or whatever listens in a test. */
export type Pen = Pick<Path2D, 'moveTo' | 'lineTo' | 'closePath' | 'ellipse'>

const made = new WeakMap<Geometry, Outline>()

/** The outline of a shape; the shape itself is the key, because a shape that changes is another object. */
export function outlineOf(geometry: Geometry): Outline {
  const known = made.get(geometry)
  if (known !== undefined) return known
  const outline = new Outline(geometry)
  made.set(geometry, outline)
  return outline
}

/** Draw a shape with a pen; points and texts have no line and are drawn at their places. True when it has an inside. */
export function trace(pen: Pen, geometry: Geometry, [ox, oy]: Position): boolean {
  switch (geometry.kind) {
    case 'line':
    case 'arrow':
    case 'polyline':
      line(pen, geometry.points, ox, oy)
      return false
    case 'ellipse':
      // The pen must stand on the ellipse first, or a line joins it to whatever was drawn before.
      pen.moveTo(
        geometry.cx - ox + geometry.rx * Math.cos(geometry.rotation),
        geometry.cy - oy + geometry.rx * Math.sin(geometry.rotation),
      )
      pen.ellipse(geometry.cx - ox, geometry.cy - oy, geometry.rx, geometry.ry, geometry.rotation, 0, 2 * Math.PI)
      pen.closePath()
      return true
    case 'point':
    case 'multipoint':
    case 'text':
      return false
    default:
      for (const rings of toPolygons(geometry)) for (const one of rings) ring(pen, one, ox, oy)
      return true
  }
}

function line(pen: Pen, points: readonly Position[], ox: number, oy: number): void {
  points.forEach(([x, y], i) => (i === 0 ? pen.moveTo(x - ox, y - oy) : pen.lineTo(x - ox, y - oy)))
}

function ring(pen: Pen, points: Ring, ox: number, oy: number): void {
  line(pen, points, ox, oy)
  if (points.length > 0) pen.closePath()
}
