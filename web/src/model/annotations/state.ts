/** What an annotation document shows, and what it needs from the world around it. */
import type { Annotation, AnnotationClass, Comment, Conflict, Job, Layer, SaveState, Snapshot, Told } from './types'

export interface DocumentState {
  /** What is there now: nothing that is deleted (see `trash`). While `at` is set: what was there then. */
  readonly annotations: ReadonlyMap<string, Annotation>
  readonly comments: ReadonlyMap<string, Comment>
  /** In the order they are drawn, lowest first. */
  readonly layers: ReadonlyMap<string, Layer>
  readonly classes: ReadonlyMap<string, AnnotationClass>
  readonly seq: number
  /** False until the slide's annotations have come. */
  readonly loaded: boolean
  readonly saving: SaveState
  readonly selection: ReadonlySet<string>
  readonly conflicts: readonly Conflict[]
  readonly told: readonly Told[]
  readonly canUndo: boolean
  readonly canRedo: boolean
  /** The moment that is shown instead of now; nothing can be changed then. */
  readonly at: { readonly seq: number; readonly time: string } | null
  /** Annotations are switched off (Shift+A), and the other way round for as long as a key is held (H). */
  readonly hidden: boolean
  readonly peek: boolean
  readonly activeLayer: string | null
  readonly activeClass: string | null
  /** What the person may do on this slide ("annotate", "edit", …); null until the server has said. */
  readonly rights: readonly string[] | null
}

export interface DocumentPorts {
  /** Keep these and send them. */
  readonly send?: (jobs: readonly Job[]) => void
  /** The slide's annotations as they stood at a place in the journal. */
  readonly past?: (seq: number) => Promise<Snapshot>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export const DEFAULT_STATE: DocumentState = {
  annotations: new Map(),
  comments: new Map(),
  layers: new Map(),
  classes: new Map(),
  seq: 0,
  loaded: false,
  saving: { kind: 'saved' },
  selection: new Set(),
  conflicts: [],
  told: [],
  canUndo: false,
  canRedo: false,
  at: null,
  hidden: false,
  peek: false,
  activeLayer: null,
  activeClass: null,
  rights: null,
}
