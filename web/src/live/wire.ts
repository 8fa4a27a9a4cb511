/** The messages of the live socket, as the server and the browser send them. */
import type { Entry, Geometry, Position } from '../model/annotations/types'

export interface Person {
  readonly id: string
  readonly name: string
  readonly guest: boolean
  /** `#rrggbb`, the same for this person in every browser. */
  readonly colour: string
}

export interface Viewport {
  readonly x: number
  readonly y: number
  readonly resolution: number
  readonly rotation: number
  readonly mirrored: boolean
  readonly width: number
  readonly height: number
}

export interface Hand {
  readonly cursor: Position | null
  readonly viewport: Viewport | null
  /** The shape being drawn, before it is one. */
  readonly drawing: Geometry | null
  readonly tool: string
}

/** Pixels as they are to look, as an object that the socket does not look into. */
export type SharedLook = object

export interface SharedCamera {
  readonly x: number
  readonly y: number
  readonly resolution: number
  readonly rotation: number
  readonly mirrored: boolean
}

/** With the size of the picture in CSS pixels, where it is known. */
export type SizedCamera = SharedCamera & { readonly width?: number; readonly height?: number }

export interface SharedPane {
  readonly slide_id: string
  /** null: it is on its way. */
  readonly camera: SizedCamera | null
  /** The style of the tile addresses; null is the file's own pixels. */
  readonly look: SharedLook | null
  /** Planes, style and colour as the viewer chooses them. */
  readonly choice?: SharedLook
}

/** What a presenter shows: the slide that this room is about or the one they went on to. */
export interface SharedView {
  readonly slide_id: string
  /** All panes in their order. */
  readonly panes: readonly SharedPane[] | null
  readonly camera: SizedCamera | null
  /** Planes, style and colour as the viewer chooses them. */
  readonly look: SharedLook | null
  readonly identity_hidden: boolean
}

export type Outgoing =
  | { readonly type: 'hello'; readonly client_id: string; readonly name?: string }
  | ({ readonly type: 'presence' } & Hand)
  | { readonly type: 'present'; readonly on: boolean }
  | ({ readonly type: 'view' } & SharedView)
  | { readonly type: 'pointer'; readonly at: Position | null }
  | { readonly type: 'follow'; readonly client_id: string | null }
  | { readonly type: 'hand_over'; readonly client_id: string }
  | { readonly type: 'ping' }

export interface Seat {
  readonly client_id: string
  readonly person: Person
}

/** Something that the server tells this person: a mention, a reply, a review. */
export interface Notice {
  readonly notice_id?: string
  readonly kind: string
  readonly [key: string]: unknown
}

export type Incoming =
  | {
      readonly type: 'welcome'
      readonly client_id: string
      readonly person: Person
      readonly seq: number
      readonly people: readonly Seat[]
      readonly presenter: string | null
    }
  | { readonly type: 'entries'; readonly entries: readonly Entry[]; readonly seq: number }
  | ({ readonly type: 'joined' } & Seat)
  | { readonly type: 'left'; readonly client_id: string; readonly person?: Person }
  | ({ readonly type: 'presence'; readonly client_id: string } & Hand)
  | { readonly type: 'presenter'; readonly client_id: string | null }
  | ({ readonly type: 'view'; readonly client_id?: string } & SharedView)
  | { readonly type: 'pointer'; readonly at: Position | null; readonly client_id?: string }
  | { readonly type: 'rights'; readonly actions: readonly string[] }
  /** The list of classes is another now. */
  | { readonly type: 'classes' }
  | ({ readonly type: 'notice' } & Notice)
  | { readonly type: 'refused'; readonly code: string; readonly detail: string; readonly of: string }
  | { readonly type: 'pong' }

/** Why a socket was closed for good. */
export const CLOSED = { sessionOver: 4401, noRight: 4403, tooSlow: 4408 } as const
