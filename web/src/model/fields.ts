/** Fields of known area, as counted at the microscope. Centres are level-0 pixels; nothing here without a scale. */
import type { Extent, Point } from './frame'
import type { PixelSize } from './slide'

export type FieldShape = 'circle' | 'square'

/** The areas that people count in, in mm²: high-power fields of usual eyepieces, 1 and 2 mm². */
export const FIELD_AREAS_MM2 = [0.196, 0.237, 0.785, 1, 2] as const
/** What can be entered by hand, in mm². */
export const SMALLEST_MM2 = 0.0001
export const LARGEST_MM2 = 1000

export interface FieldKind {
  shape: FieldShape
  area_mm2: number
}

export interface Field extends FieldKind, Point {
  no: number
  counted: boolean
}

/** Width and height of a field in micrometres: a circle's diameter, a square's side. */
export function fieldSideUm({ shape, area_mm2 }: FieldKind): number {
  const um2 = area_mm2 * 1e6
  return shape === 'square' ? Math.sqrt(um2) : 2 * Math.sqrt(um2 / Math.PI)
}

/** Width and height of a field in level-0 pixels; they differ where pixels are not square. */
export function fieldExtent(kind: FieldKind, size: PixelSize): Extent {
  const side = fieldSideUm(kind)
  return { width: side / size.x, height: side / size.y }
}

/** Whether a point lies in a field. */
export function inField(field: Field, point: Point, size: PixelSize): boolean {
  const { width, height } = fieldExtent(field, size)
  const dx = (point.x - field.x) / (width / 2)
  const dy = (point.y - field.y) / (height / 2)
  return field.shape === 'square' ? Math.abs(dx) <= 1 && Math.abs(dy) <= 1 : dx * dx + dy * dy <= 1
}

/** The uppermost field at a point, or null. */
export function fieldAt(fields: readonly Field[], point: Point, size: PixelSize): Field | null {
  return [...fields].reverse().find((field) => inField(field, point, size)) ?? null
}

/** The outline in level-0 pixels, for drawing: a square's corners, a circle in steps too small to see. */
export function fieldOutline(field: Field, size: PixelSize): Point[] {
  const { width, height } = fieldExtent(field, size)
  if (field.shape === 'square')
    return [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([x = 0, y = 0]) => ({ x: field.x + (x * width) / 2, y: field.y + (y * height) / 2 }))
  return Array.from({ length: 180 }, (_, i) => {
    const angle = (i * Math.PI) / 90
    return { x: field.x + (Math.cos(angle) * width) / 2, y: field.y + (Math.sin(angle) * height) / 2 }
  })
}

/** Area of all fields together, in mm². */
export function totalArea(fields: readonly Field[]): number {
  return fields.reduce((sum, field) => sum + field.area_mm2, 0)
}
