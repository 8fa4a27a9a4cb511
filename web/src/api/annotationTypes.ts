/** What people draw on a slide, as the server says it. Lengths are level-0 pixels, angles radians clockwise as seen. */

export type Position = readonly [number, number]
/** Corners in order; the first is not repeated at the end. */
export type Ring = readonly Position[]
/** The outline first, holes after it. */
export type Rings = readonly Ring[]

export type Geometry =
  | { readonly kind: 'point'; readonly at: Position }
  | { readonly kind: 'multipoint'; readonly points: readonly Position[] }
  | { readonly kind: 'line'; readonly points: readonly Position[] }
  | { readonly kind: 'arrow'; readonly points: readonly Position[] }
  | { readonly kind: 'polyline'; readonly points: readonly Position[] }
  | Rectangle
  | Ellipse
  | { readonly kind: 'polygon'; readonly rings: Rings }
  | { readonly kind: 'multipolygon'; readonly polygons: readonly Rings[] }
  | { readonly kind: 'text'; readonly at: Position; readonly text: string }

/** `rotation` is about the middle, radians, clockwise as seen. */
export interface Rectangle {
  readonly kind: 'rectangle'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly rotation: number
}

export interface Ellipse {
  readonly kind: 'ellipse'
  readonly cx: number
  readonly cy: number
  readonly rx: number
  readonly ry: number
  readonly rotation: number
}

export type GeometryKind = Geometry['kind']
export type AreaGeometry = Extract<Geometry, { kind: 'rectangle' | 'ellipse' | 'polygon' | 'multipolygon' }>

export type ObjectType = 'annotation' | 'detection' | 'cell' | 'tile' | 'tma_core'
export type Review = 'draft' | 'in_review' | 'approved' | 'rejected'

export interface Annotation {
  readonly annotation_id: string
  readonly layer_id: string
  readonly object_type: ObjectType
  readonly parent_id: string | null
  readonly geometry: Geometry
  readonly nucleus: Geometry | null
  readonly class_id: string | null
  readonly name: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly measurements: Readonly<Record<string, number>>
  readonly plane: number
  readonly time: number
  readonly locked: boolean
  readonly review: Review
  readonly review_note: string
  /** The object of a result layer that this one stands for. */
  readonly corrects: { readonly layer_id: string; readonly object_no: number } | null
  /** The object whose outline two people changed at once; this is the second version. */
  readonly variant_of: string | null
  readonly author_id: string
  readonly author_name: string
  readonly created_at: string
  readonly changed_at: string
  readonly rev: number
  readonly deleted: boolean
}

export type CommentPlace =
  | { readonly kind: 'annotation'; readonly annotation_id: string }
  | { readonly kind: 'place'; readonly x: number; readonly y: number }
  | { readonly kind: 'slide' }
  | { readonly kind: 'case' }

export interface Comment {
  readonly comment_id: string
  /** The first comment of the thread; its own id for the first. */
  readonly thread_id: string
  readonly on: CommentPlace
  readonly text: string
  readonly mentions: readonly string[]
  readonly author_id: string
  readonly author_name: string
  readonly created_at: string
  readonly changed_at: string
  readonly resolved_at: string | null
  readonly resolved_by: string | null
  readonly deleted: boolean
  readonly rev: number
}

export type LayerKind = 'drawn' | 'result' | 'overlay'

export interface Layer {
  readonly layer_id: string
  readonly slide_id: string
  readonly name: string
  readonly owner_id: string
  readonly owner_name: string
  readonly kind: LayerKind
  readonly visibility: 'private' | 'project'
  readonly locked: boolean
  readonly opacity: number
  readonly order: number
  readonly created_at: string
  readonly rev: number
  readonly deleted: boolean
  readonly object_count: number | null
  readonly info: Readonly<Record<string, unknown>>
}

export interface AnnotationClass {
  readonly class_id: string
  readonly parent_id: string | null
  readonly name: string
  /** `#rrggbb`. */
  readonly colour: string
  readonly hotkey: number | null
  readonly description: string
  readonly code: { readonly system: string; readonly value: string } | null
  /** JSON Schema of the form that annotations of this class carry. */
  readonly form: Readonly<Record<string, unknown>> | null
}

export interface ClassList {
  readonly classes: readonly AnnotationClass[]
  readonly project_id: string | null
  readonly rev: number
}

export type OpKind = 'create' | 'change' | 'delete' | 'restore'
export type Patch = Readonly<Record<string, unknown>>

/** One change, as it is sent. */
export interface Op {
  readonly op_id: string
  readonly entity: 'annotation' | 'comment'
  readonly target: string
  readonly kind: OpKind
  readonly base_rev: number
  readonly patch: Patch
  /** The place in the journal of what this takes back. */
  readonly undo_of?: number | null
}

export type Outcome = 'applied' | 'merged' | 'kept_as_variant' | 'repeated' | 'refused'

export interface OpResult {
  readonly op_id: string
  readonly outcome: Outcome
  readonly seq: number | null
  readonly rev: number | null
  readonly lost: readonly string[]
  readonly variant_id: string | null
  readonly code: string | null
  readonly detail: string | null
}

export interface OpAnswer {
  readonly results: readonly OpResult[]
  readonly seq: number
}

export type EntryEntity = 'annotation' | 'comment' | 'layer' | 'class_list' | 'result_layer'

/** One line of a slide's journal: a change that is durable. */
export interface Entry {
  readonly seq: number
  readonly op_id: string
  readonly entity: EntryEntity
  readonly target: string
  readonly kind: OpKind
  readonly author_id: string
  readonly author_name: string
  readonly at: string
  readonly base_rev: number
  readonly rev: number
  readonly patch: Patch
  /** The old values of the same keys. */
  readonly before: Patch
  readonly variant_of: string | null
}

export interface JournalPage {
  readonly entries: readonly Entry[]
  readonly seq: number
}

export interface Snapshot {
  readonly annotations: readonly Annotation[]
  readonly comments: readonly Comment[]
  readonly layers: readonly Layer[]
  readonly seq: number
}

/** Where the time slider can stop. */
export interface Moment {
  readonly seq: number
  readonly at: string
  readonly author_name: string
  readonly count: number
}

