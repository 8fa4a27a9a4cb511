/** Geometry of drawn shapes. Everything is in level-0 pixels and pure. */
import type { AreaGeometry, Geometry, Position, Rings } from './types'

export interface Box { readonly minX: number; readonly minY: number; readonly maxX: number; readonly maxY: number }
/** Where a vertex is: the polygon of a multipolygon, the ring in it, the place in the ring. */
export interface VertexPath { readonly polygon: number; readonly ring: number; readonly index: number }
export interface Vertex { readonly at: Position; readonly path: VertexPath }

const later = (): never => { throw new Error('later') }
/** To 1/256 of a pixel, as the server keeps it. */
export declare const roundGeometry: (geometry: Geometry) => Geometry
void later
export declare const isArea: (geometry: Geometry) => geometry is AreaGeometry
export declare const bounds: (geometry: Geometry) => Box
export declare const area: (geometry: Geometry, mpp?: { x: number; y: number }) => number
export declare const length: (geometry: Geometry, mpp?: { x: number; y: number }) => number
export declare const perimeter: (geometry: Geometry, mpp?: { x: number; y: number }) => number
export declare const centroid: (geometry: Geometry) => Position
export declare const contains: (geometry: Geometry, point: Position) => boolean
/** Distance to the outline or the point; 0 inside an area when `filled`. */
export declare const distance: (geometry: Geometry, point: Position, filled?: boolean) => number
export declare const hit: (geometry: Geometry, point: Position, tolerance: number, filled?: boolean) => boolean
export declare const translate: (geometry: Geometry, dx: number, dy: number) => Geometry
export declare const rotate: (geometry: Geometry, angle: number, about?: Position) => Geometry
export declare const scale: (geometry: Geometry, sx: number, sy: number, about?: Position) => Geometry
export declare const mapPoints: (geometry: Geometry, map: (point: Position) => Position) => Geometry
export declare const toPolygons: (geometry: Geometry) => readonly Rings[]
export declare const fromPolygons: (polygons: readonly Rings[]) => Geometry | null
export declare const simplify: (geometry: Geometry, tolerance: number) => Geometry
export declare const buffer: (geometry: Geometry, distance: number) => Geometry | null
export declare const vertices: (geometry: Geometry) => Vertex[]
export declare const moveVertex: (geometry: Geometry, path: VertexPath, to: Position) => Geometry
/** Put a vertex after `path`. */
export declare const insertVertex: (geometry: Geometry, path: VertexPath, at: Position) => Geometry
/** Null when too few would remain. */
export declare const deleteVertex: (geometry: Geometry, path: VertexPath) => Geometry | null
/** The place on the outline nearest to a point, and the vertex before it. */
export declare const nearestOnOutline: (geometry: Geometry, point: Position) => { at: Position; path: VertexPath; distance: number } | null
