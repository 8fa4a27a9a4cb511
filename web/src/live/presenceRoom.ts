/** Keeps who is here, from the messages of the socket, and sends where this person's hand is. */
import { Store } from '../model/store'
import { Guide } from './guide'
import type { Peer, PresenceState } from './presence'
import type { Hand, Incoming, Notice, Outgoing, Person, Seat } from './wire'

/** At most 20 messages a second. */
const EVERY_MS = 50
const MOST_NOTICES = 50

const NO_HAND: Hand = { cursor: null, viewport: null, drawing: null, tool: '' }

export class PresenceRoom {
  readonly state: Store<PresenceState>
  private hand: Hand = NO_HAND
  private timer: ReturnType<typeof setTimeout> | undefined
  private sentAt = -Infinity
  private readonly leaveGuide: () => void

  constructor(
    clientId: string,
    private readonly send: (message: Outgoing) => boolean,
    private readonly clock: () => number = () => performance.now(),
    /** Shared by the rooms of all slides that this tab shows. */
    private readonly guide: Guide = new Guide(),
    private readonly slideId = '',
  ) {
    this.state = new Store<PresenceState>({
      connection: 'connecting',
      ended: null,
      clientId,
      me: null,
      people: new Map(),
      presenter: null,
      ...guide.state.get(),
      pointer: null,
      rights: null,
      notices: [],
    })
    this.leaveGuide = guide.state.subscribe(() => this.guided())
  }

  /** My hand is there now. Many movements between two messages become one. */
  say(hand: Partial<Hand>): void {
    this.hand = { ...this.hand, ...hand }
    if (this.timer !== undefined) return
    const wait = Math.max(0, this.sentAt + EVERY_MS - this.clock())
    this.timer = setTimeout(() => this.flush(), wait)
  }

  /** The socket is open again: the others have to be told once more. */
  again(): void {
    if (this.hand !== NO_HAND) this.flush()
    this.sayFollowing()
  }

  /** Somebody who is not here cannot be followed yet. */
  private sayFollowing(): void {
    const { following, people } = this.state.get()
    if (following !== null && people.has(following)) this.send({ type: 'follow', client_id: following })
  }

  follow(clientId: string | null): void {
    this.guide.follow(clientId)
  }

  /** Here or on another slide of this tab something was said about whom it follows. */
  private guided(): void {
    const before = this.state.get().following
    const { following, view } = this.guide.state.get()
    this.state.set({ following, view })
    if (following === before) return
    if (following === null) this.send({ type: 'follow', client_id: null })
    else this.sayFollowing()
  }

  forgetNotices(): void {
    this.state.set({ notices: [] })
  }

  close(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.leaveGuide()
  }

  /** The connection is gone: nobody can be seen any more. */
  lost(connection: PresenceState['connection'], ended: PresenceState['ended'] = null): void {
    this.state.set({ connection, ended, people: new Map(), presenter: null, pointer: null })
  }

  take(message: Incoming): void {
    switch (message.type) {
      case 'welcome':
        this.welcome(message.person, message.people, message.presenter)
        break
      case 'joined':
        this.seat(message)
        break
      case 'left':
        this.left(message.client_id)
        break
      case 'presence':
        this.moved(message)
        break
      case 'presenter':
        this.presenter(message.client_id)
        break
      case 'view': {
        const { slide_id, panes, camera, look, identity_hidden } = message
        this.guide.heard(this.slideId, message.client_id, { slide_id, panes, camera, look, identity_hidden })
        break
      }
      case 'pointer':
        this.state.set({ pointer: message.at })
        break
      case 'rights':
        this.state.set({ rights: message.actions })
        break
      case 'notice': {
        const notice = Object.fromEntries(Object.entries(message).filter(([key]) => key !== 'type')) as Notice
        this.state.set({ notices: [...this.state.get().notices, notice].slice(-MOST_NOTICES) })
        break
      }
      default:
        break
    }
  }

  private welcome(me: Person, seats: readonly Seat[], presenter: string | null): void {
    const { clientId } = this.state.get()
    const people = new Map(seats.filter((seat) => seat.client_id !== clientId).map((seat) => [seat.client_id, this.peer(seat)]))
    this.state.set({ connection: 'online', ended: null, me, people, presenter })
    this.again()
  }

  private peer(seat: Seat & Partial<Hand>): Peer {
    const { client_id, person, cursor = null, viewport = null, drawing = null, tool = '' } = seat
    return { client_id, person, cursor, viewport, drawing, tool, at: this.clock(), before: null }
  }

  private seat(seat: Seat): void {
    const { people, clientId } = this.state.get()
    if (seat.client_id === clientId) return
    this.state.set({ people: new Map(people).set(seat.client_id, this.peer(seat)) })
    if (seat.client_id === this.state.get().following) this.sayFollowing()
  }

  private left(clientId: string): void {
    const { presenter } = this.state.get()
    const people = new Map(this.state.get().people)
    people.delete(clientId)
    // Whoever is followed may have gone on to the next slide: they are followed there.
    this.state.set({ people, ...(presenter === clientId ? { presenter: null, pointer: null } : {}) })
  }

  private moved(hand: { readonly client_id: string } & Hand): void {
    const { people } = this.state.get()
    const before = people.get(hand.client_id)
    if (before === undefined) return
    const { cursor, viewport, drawing, tool } = hand
    const peer: Peer = { ...before, cursor, viewport, drawing, tool, at: this.clock(), before: { cursor: before.cursor, at: before.at } }
    this.state.set({ people: new Map(people).set(hand.client_id, peer) })
  }

  /** Whoever follows the presenter goes on with the next one. */
  private presenter(clientId: string | null): void {
    const { presenter, following, clientId: own, people } = this.state.get()
    this.state.set({ presenter: clientId, pointer: null })
    // Nobody presents any more because the presenter left: see `left`.
    if (clientId === null && presenter !== null && !people.has(presenter)) return
    if (following !== null && following === presenter && clientId !== presenter) this.follow(clientId === own ? null : clientId)
  }

  private flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.sentAt = this.clock()
    this.send({ type: 'presence', ...this.hand })
  }
}

/** Where a peer's cursor is to be drawn now: on its way from the last place to this one. */
export function cursorAt(peer: Peer, now: number): Peer['cursor'] {
  const { cursor, before, at } = peer
  if (cursor === null || before === null || before.cursor === null) return cursor
  const span = Math.min(Math.max(at - before.at, 1), 150)
  const part = Math.min(1, Math.max(0, (now - at) / span))
  return [before.cursor[0] + (cursor[0] - before.cursor[0]) * part, before.cursor[1] + (cursor[1] - before.cursor[1]) * part]
}
