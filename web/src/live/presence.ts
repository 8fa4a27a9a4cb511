/** Who is here: people, their hands, who presents and who follows. */
import type { Position } from '../model/annotations/types'
import type { Hand, Notice, Person, SharedView } from './wire'

export interface Peer extends Hand {
  readonly client_id: string
  readonly person: Person
  /** `performance.now()` when this hand came, and the one before it, to move the cursor smoothly between. */
  readonly at: number
  readonly before: { readonly cursor: Position | null; readonly at: number } | null
}

export interface PresenceState {
  readonly connection: 'connecting' | 'online' | 'offline' | 'ended'
  /** Why it ended: signed out, the right is gone. */
  readonly ended: 'signed_out' | 'no_right' | null
  readonly clientId: string
  readonly me: Person | null
  /** The others, by client_id. */
  readonly people: ReadonlyMap<string, Peer>
  /** Client that presents; may be this one. */
  readonly presenter: string | null
  /** Whom this person follows, from slide to slide; they may be on their way here. */
  readonly following: string | null
  /** What the presenter shows, for followers. */
  readonly view: SharedView | null
  readonly pointer: Position | null
  /** Actions the person may do on this slide now, as the server says; null until it did. */
  readonly rights: readonly string[] | null
  readonly notices: readonly Notice[]
}
