/** Joining, cutting and splitting of areas (Martinez-Rueda-Feito sweep, package polygon-clipping). Null: nothing remains. */
import type { Geometry, Position } from './types'

export declare const union: (...geometries: readonly Geometry[]) => Geometry | null
export declare const difference: (from: Geometry, ...cut: readonly Geometry[]) => Geometry | null
export declare const intersection: (...geometries: readonly Geometry[]) => Geometry | null
export declare const fillHoles: (geometry: Geometry) => Geometry
/** The parts of an area on both sides of a line that crosses it; one part when it does not. */
export declare const splitByLine: (geometry: Geometry, line: readonly Position[]) => Geometry[]
/** The parts of a multipolygon as shapes of their own. */
export declare const separate: (geometry: Geometry) => Geometry[]
