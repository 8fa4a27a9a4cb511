/** What a result layer says of itself, and the columns of its objects: one value each, in the order of `object_no`. */
import type { CorrectionOut, ObjectOut } from '../../api/results'

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
  readonly corrections: readonly CorrectionOut[]
  readonly bounds: readonly number[] | null
}

/** One object with everything that is known of it. */
export type ResultObject = Readonly<ObjectOut>

export type Values = Float32Array | Uint16Array

/** The code of an object without a category. */
export const NO_CATEGORY = 0xffff

/** Read the values of a column from its bytes. */
export function valuesOf(column: Column, bytes: ArrayBuffer): Values {
  return column.kind === 'number' ? new Float32Array(bytes) : new Uint16Array(bytes)
}

/** The name under which the classes of objects are a column like any other; no measurement has it. */
export const CLASS_COLUMN = 'class'

/** The column that says what class an object is of: the tiles carry its codes. */
export function classColumn(columns: readonly Column[]): CategoryColumn | null {
  const found = columnOf(columns, CLASS_COLUMN)
  return found?.kind === 'category' ? found : null
}

export function columnOf(columns: readonly Column[], name: string): Column | null {
  return columns.find((column) => column.name === name) ?? null
}
