/** What a result layer says of itself, and the columns of its objects: one value each, in the order of `object_no`. */
import type { Geometry } from '../annotations/types'

export interface NumberColumn {
  readonly name: string
  readonly kind: 'number'
  /** Null when no object has a value. */
  readonly min: number | null
  readonly max: number | null
}

export interface Category {
  readonly name: string
  /** `#rrggbb`; null where nobody chose one. */
  readonly colour: string | null
}

export interface CategoryColumn {
  readonly name: string
  readonly kind: 'category'
  readonly categories: readonly Category[]
}

export type Column = NumberColumn | CategoryColumn

/** One level of the vector tiles; z = 0 is the coarsest. */
export interface ResultLevel {
  readonly z: number
  readonly downsample: number
  readonly tile_size_px: number
  /** Every object is in the tiles; else they hold a part only, and the browser draws density. */
  readonly full: boolean
}

export interface ResultInfo {
  readonly object_count: number
  readonly columns: readonly Column[]
  readonly geometry: 'polygon' | 'point'
  readonly levels: readonly ResultLevel[]
  readonly base_version: string
  readonly corrections_rev: number
  readonly bounds: readonly number[] | null
}

/** One object, as the server answers it. */
export interface ResultObject {
  readonly object_no: number
  readonly geometry: Geometry
  /** The values of the number columns; null where there is none. */
  readonly measurements: Readonly<Record<string, number | null>>
  /** The values of the category columns, by name. */
  readonly categories: Readonly<Record<string, string | null>>
}

export type Values = Float32Array | Uint16Array

/** The code of an object without a category. */
export const NO_CATEGORY = 0xffff

/** Read the values of a column from its bytes. */
export function valuesOf(column: Column, bytes: ArrayBuffer): Values {
  return column.kind === 'number' ? new Float32Array(bytes) : new Uint16Array(bytes)
}

/** The column that says what class an object is of: the tiles carry its codes. */
export function classColumn(columns: readonly Column[]): CategoryColumn | null {
  const found = columns.filter((column): column is CategoryColumn => column.kind === 'category')
  return found.find((column) => column.name.toLowerCase() === 'class') ?? found[0] ?? null
}

export function columnOf(columns: readonly Column[], name: string): Column | null {
  return columns.find((column) => column.name === name) ?? null
}
