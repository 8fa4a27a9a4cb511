/** One slide's annotations, kept in step with the server and with everybody who looks at it. */
import type { AnnotationDocument } from '../model/annotations/document'
import type { Position } from '../model/annotations/types'
import type { Store } from '../model/store'
import type { PresenceState } from './presence'
import { type SessionOptions, SlideSession } from './slideSession'
import type { Hand, SharedView } from './wire'

export interface AnnotationSession {
  readonly document: AnnotationDocument
  readonly presence: Store<PresenceState>
  /** Where my hand is; sent at most 20 times a second. What is left out stays as it was. */
  say: (hand: Partial<Hand>) => void
  present: (on: boolean) => void
  showView: (view: SharedView) => void
  point: (at: Position | null) => void
  follow: (clientId: string | null) => void
  handOver: (clientId: string) => void
  /** A guest says who they are. */
  setGuestName: (name: string) => void
  /** Send what is kept now instead of waiting for the next try. */
  retry: () => void
  /** Give up changes that the server refused; `opIds` are those of the told. */
  dropRefused: (opIds: readonly string[]) => Promise<void>
  close: () => void
}

/** One session a slide, however many panes show it. */
const open = new Map<string, { readonly session: SlideSession; users: number }>()

/** This tab presents nowhere any more; with slides side by side it may do so in the rooms of several. */
export function endPresenting(): void {
  for (const { session } of open.values()) {
    const { presenter, clientId } = session.presence.get()
    if (presenter === clientId) session.present(false)
  }
}

/**
 * Open a slide's annotations; `close` gives them back. `viewerKey`: person_id, or `share:` and the id of the link. Changes
 * are kept and sent under this person only.
 */
export function openAnnotations(slideId: string, viewerKey: string, options: SessionOptions = {}): AnnotationSession {
  const key = JSON.stringify([viewerKey, slideId])
  const held = open.get(key) ?? { session: new SlideSession(slideId, viewerKey, options), users: 0 }
  held.users += 1
  open.set(key, held)
  let closed = false
  const close = (): void => {
    if (closed) return
    closed = true
    held.users -= 1
    if (held.users > 0) return
    open.delete(key)
    held.session.close()
  }
  const { session } = held
  const { document, presence, say, present, showView, point, follow, handOver, setGuestName, retry, dropRefused } = session
  return { document, presence, say, present, showView, point, follow, handOver, setGuestName, retry, dropRefused, close }
}
