/** What people draw on a slide, as the document holds it. */
import type { Annotation, Comment, Geometry, Layer, ObjectType, Op, Review } from '../../api/annotationTypes'

export type * from '../../api/annotationTypes'

/** What is merged as one value each. `null` takes a property or a measurement away. */
export interface AnnotationPatch {
  readonly geometry?: Geometry
  readonly nucleus?: Geometry | null
  readonly class_id?: string | null
  readonly name?: string
  readonly layer_id?: string
  readonly parent_id?: string | null
  readonly object_type?: ObjectType
  readonly plane?: number
  readonly time?: number
  readonly locked?: boolean
  readonly review?: Review
  readonly review_note?: string
  readonly deleted?: boolean
  /** `properties.<key>` of any value, `measurements.<key>` of numbers. */
  readonly [key: string]: unknown
}

/** What a tool hands over to be drawn; what it leaves out comes from the document (active layer and class). */
export interface Draft {
  readonly geometry: Geometry
  readonly annotation_id?: string
  readonly layer_id?: string
  readonly object_type?: ObjectType
  readonly parent_id?: string | null
  readonly nucleus?: Geometry | null
  readonly class_id?: string | null
  readonly name?: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly measurements?: Readonly<Record<string, number>>
  readonly plane?: number
  readonly time?: number
  readonly corrects?: { readonly layer_id: string; readonly object_no: number } | null
}

/** Everything that the journal moves, as it stood at `seq`. Deleted objects stay in it, marked. */
export interface Confirmed {
  readonly annotations: ReadonlyMap<string, Annotation>
  readonly comments: ReadonlyMap<string, Comment>
  readonly layers: ReadonlyMap<string, Layer>
  readonly seq: number
  /** Something came back that this state never saw: it wants to be read anew. */
  readonly stale: boolean
}

/** What the browser keeps until the server has it: an operation, or a layer that operations need. */
export type Job =
  | { readonly kind: 'op'; readonly op: Op; readonly at: string }
  | { readonly kind: 'layer'; readonly layer: Layer; readonly at: string }

export type SaveState =
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving'; readonly count: number }
  | {
      readonly kind: 'unsaved'
      readonly count: number
      /** Milliseconds since 1970. */
      readonly since: number
      readonly reason: 'offline' | 'refused' | 'signed_out'
    }

/** Two people changed one outline at once: both are there until somebody chooses. */
export interface Conflict {
  /** The id of the second version. */
  readonly conflict_id: string
  readonly original: Annotation
  readonly variant: Annotation
  readonly mine: Annotation
  readonly theirs: Annotation
  /** Whose version each is, to be written beside the outlines. */
  readonly mine_name: string
  readonly theirs_name: string
}

export type Choice = 'mine' | 'theirs' | 'both'

/** What a person has to be told about their own changes. */
export type Told =
  | { readonly kind: 'lost'; readonly notice_id: string; readonly target: string; readonly keys: readonly string[]; readonly by: string }
  | { readonly kind: 'undo_conflict'; readonly notice_id: string; readonly target: string; readonly detail: string }
  | {
      readonly kind: 'refused'
      readonly notice_id: string
      readonly target: string
      readonly op: Op
      readonly code: string
      readonly detail: string
    }

export type SelectMode = 'replace' | 'add' | 'remove' | 'toggle'

/** The person at this browser. `id` is what their changes are signed with. */
export interface Author {
  readonly id: string
  readonly name: string
}
