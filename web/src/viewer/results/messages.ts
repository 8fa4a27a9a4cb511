/** What the page and the worker of a result layer say to each other. */
import type { Colouring } from '../../model/results/colouring'
import type { Column } from '../../model/results/columns'
import type { Filter } from '../../model/results/filters'
import type { Histogram, Moments } from '../../model/results/statistics'

export interface Opening {
  count: number
  width: number
  height: number
  columns: readonly Column[]
  /** About how large an object is, in slide pixels. */
  objectPx: number
}

/** How objects look. */
export interface Look {
  readonly colouring: Colouring
  readonly fill: boolean
  readonly outline: boolean
}

/** One bitmap: a square of `side` pixels, `downsample` slide pixels each, from a corner in slide pixels. */
export interface PaintWanted {
  left: number
  top: number
  downsample: number
  side: number
  /** The vector tile that holds its outlines; null where density is shown. */
  source: { key: string; left: number; top: number; downsample: number; side: number } | null
}

export interface PickWanted {
  x: number
  y: number
  /** In slide pixels. */
  reach: number
  source: PaintWanted['source']
}

export interface ColumnStatistics {
  name: string
  /** Of all objects and of those shown. */
  all: Histogram | null
  shown: Histogram | null
  counts: readonly number[] | null
  shownCounts: readonly number[] | null
  moments: Moments | null
}

export interface Picked {
  object_no: number
  /** What is known of it without asking the server; category columns give codes. */
  values: Record<string, number>
}

export type Ask =
  | { kind: 'open'; opening: Opening }
  | { kind: 'centroids'; bytes: ArrayBuffer }
  | { kind: 'column'; name: string; bytes: ArrayBuffer }
  | { kind: 'look'; look: Look }
  | { kind: 'filter'; filter: Filter }
  | { kind: 'corrected'; numbers: Uint32Array }
  | { kind: 'selected'; numbers: Uint32Array }
  | { kind: 'tile'; key: string; body: ArrayBuffer }
  | { kind: 'drop'; keys: readonly string[] }
  | { kind: 'paint'; wanted: PaintWanted }
  | { kind: 'pick'; wanted: PickWanted }
  /** Figures of these columns, of all and of the shown objects; with `selected`, of the selected ones that are shown. */
  | { kind: 'figures'; columns: readonly string[]; selected: boolean }

export interface Answers {
  open: null
  centroids: number
  column: number
  look: null
  filter: number
  corrected: number
  selected: number
  tile: number
  drop: null
  paint: ImageBitmap
  pick: Picked | null
  figures: ColumnStatistics[]
}

export type Request = { id: number } & Ask
export type Reply = { id: number; result: Answers[keyof Answers] } | { id: number; error: string }
