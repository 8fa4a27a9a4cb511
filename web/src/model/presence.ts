import { ApiError, isAbort } from '../api/problem'
import { type Session, isVisitor } from '../api/session'
import { type Readable, Store } from './store'

export interface PresenceState {
  /** Who is signed in; null until it is known. */
  session: Session | null
  /** The session has ended: the page stays, dimmed, until the same person signs in again. */
  away: boolean
  /** Why it could not be known. */
  error: unknown
}

/** What presence asks of the world around it. */
export interface Door {
  look: () => Promise<Session>
  /** True when the window has shown pages of somebody else. */
  isSomebodyElse: (session: Session) => boolean
  /** Nobody was signed in when the page was opened: to the sign-in page. */
  leave: () => void
  /** Somebody else signed in: load the page anew, so that nothing of the one before stays. */
  reload: () => void
  /** The session is there after all: what waited for it goes on. */
  resume: () => void
  entered: (session: Session) => void
}

/** Clocks differ; the server is asked this much after the session should have ended, and not more often than that. */
const GRACE_MS = 2000
const SOONEST_MS = 20_000
const LATEST_MS = 2 ** 31 - 1

/** Knows whether the person who opened the page is still signed in. */
export class Presence {
  private readonly store = new Store<PresenceState>({ session: null, away: false, error: null })
  private looking: Promise<void> | null = null
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly door: Door,
    private readonly now: () => number = Date.now,
  ) {}

  get state(): Readable<PresenceState> {
    return this.store
  }

  /** Ask the server who is signed in; `missed` when a request has just found nobody. */
  look(missed = false): Promise<void> {
    this.looking ??= this.ask(missed).finally(() => {
      this.looking = null
    })
    return this.looking
  }

  /** Somebody signed in over the dimmed page. */
  returned(session: Session): void {
    this.take(session, true)
  }

  /** Stop watching the clock. */
  rest(): void {
    clearTimeout(this.timer)
  }

  private async ask(missed: boolean): Promise<void> {
    try {
      this.take(await this.door.look(), missed)
    } catch (error) {
      const { session } = this.store.get()
      if (error instanceof ApiError && error.code === 'unauthenticated') {
        this.rest()
        if (session === null || isVisitor(session)) {
          // What was public is not any more: nobody's page is to be kept.
          if (session !== null) this.store.set({ session: null })
          this.door.leave()
        } else this.store.set({ away: true })
      } else if (session === null && !isAbort(error)) this.store.set({ error })
    }
  }

  private take(session: Session, resume: boolean): void {
    if (this.door.isSomebodyElse(session)) {
      this.door.reload()
      return
    }
    const { session: before, away } = this.store.get()
    this.door.entered(session)
    const same = before !== null && JSON.stringify(before) === JSON.stringify(session)
    this.store.set({ session: same ? before : session, away: false, error: null })
    this.wakeAt(Date.parse(session.expires_at))
    if (away || resume) this.door.resume()
  }

  /** A page that nobody touches notices the end of its session by itself. */
  private wakeAt(end: number): void {
    this.rest()
    const left = Math.min(LATEST_MS, Math.max(SOONEST_MS, end - this.now() + GRACE_MS))
    this.timer = setTimeout(() => void this.look(), left)
  }
}
