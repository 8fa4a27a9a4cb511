/** Everything that runs for one slide: document, outbox, sender, feed and room, wired to each other and to the page. */
import { getAnnotations, getJournal, getSlideClasses } from '../api/annotations'
import { onSignedIn, onSignedOut } from '../api/client'
import { asGuestAddress } from '../api/guest'
import { ApiError } from '../api/problem'
import { AnnotationDocument } from '../model/annotations/document'
import { newId } from '../model/annotations/ids'
import type { Job, JournalPage, OpResult, Position } from '../model/annotations/types'
import type { Store } from '../model/store'
import { Feed } from './feed'
import { Guide } from './guide'
import { openOutbox, type Outbox, scopeOf } from './outbox'
import { postFor, sendForgotten } from './forgotten'
import type { PresenceState } from './presence'
import { PresenceRoom } from './presenceRoom'
import { Saving } from './saving'
import { refusal, Sender } from './sender'
import { idOf, type TabMessage, Tabs } from './tabs'
import type { Hand, SharedView } from './wire'

export interface SessionOptions {
  /** The person's name, for their own changes until the server has said it. */
  readonly name?: string
  readonly guest?: boolean
  /** A visitor reads what is there, and keeps no socket: nobody is told that they are here, nor they who else is. */
  readonly still?: boolean
}

/** This tab among the others; the same on every slide, so that it can be followed from one to the next. */
const CLIENT_ID = newId()
const GUIDE = new Guide()

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
/** What is offered where no socket says what somebody may do: the server decides about each change all the same. */
const UNSAID = ['view', 'comment', 'annotate']

export class SlideSession {
  readonly document: AnnotationDocument
  private readonly room: PresenceRoom
  private readonly feed: Feed
  private readonly saving: Saving
  private readonly scope: string
  private readonly outbox: Promise<Outbox>
  private readonly tabs: Tabs
  private sender: Sender | null = null
  private guestName: string | undefined
  /** Changes of which the server has said what became. */
  private readonly answered = new Set<string>()
  /** Changes on their way into the outbox. */
  private keeping: Promise<void> = Promise.resolve()
  private readonly stopped = new AbortController()
  private readonly leaving: (() => void)[] = []

  constructor(
    private readonly slideId: string,
    private readonly viewerKey: string,
    private readonly options: SessionOptions,
  ) {
    if (options.guest === true) this.guestName = options.name
    const clientId = CLIENT_ID
    this.document = new AnnotationDocument(slideId, { id: viewerKey, name: options.name ?? '' }, {
      send: (jobs) => this.keep(jobs),
      past: (seq) => getAnnotations(slideId, { at_seq: seq }, this.stopped.signal),
    })
    this.saving = new Saving((state) => this.document.setSaving(state))
    this.scope = scopeOf(window.location.host, viewerKey, slideId)
    this.outbox = openOutbox(this.scope)
    this.tabs = new Tabs(this.scope, (message) => this.hear(message))
    this.feed = new Feed({
      address: (after) => socketAddress(slideId, after),
      hello: () => ({ type: 'hello', client_id: clientId, ...(this.guestName === undefined ? {} : { name: this.guestName }) }),
      journal: (after, signal) => getJournal(slideId, after, signal),
      seq: () => this.document.seq,
      entries: (page) => this.take(page),
      message: (message) => this.room.take(message),
      classes: () => void this.readClasses(),
      connection: (state) => {
        const ended = state === 'signed_out' || state === 'no_right'
        this.room.lost(ended ? 'ended' : state, ended ? state : null)
        if (state === 'no_right') this.document.setRights([])
      },
      barred: () => {
        if (this.presence.get().rights === null) this.document.setRights(UNSAID)
      },
    })
    this.room = new PresenceRoom(clientId, (message) => this.feed.send(message), undefined, GUIDE, slideId)
    this.leaving.push(this.watchRoom(), ...this.watchPage())
    void this.begin()
  }

  get presence(): Store<PresenceState> {
    return this.room.state
  }

  say = (hand: Partial<Hand>): void => this.room.say(hand)

  follow = (clientId: string | null): void => this.room.follow(clientId)

  present = (on: boolean): void => {
    this.feed.send({ type: 'present', on })
  }

  showView = (view: SharedView): void => {
    this.feed.send({ type: 'view', ...view, panes: view.panes ?? [] })
  }

  point = (at: Position | null): void => {
    this.feed.send({ type: 'pointer', at })
  }

  handOver = (clientId: string): void => {
    this.feed.send({ type: 'hand_over', client_id: clientId })
  }

  setGuestName = (name: string): void => {
    this.guestName = name
    this.document.signAs({ ...this.document.me, name })
    if (this.document.state.get().loaded) this.feed.again()
  }

  retry = (): void => {
    this.sender?.poke()
    this.tabs.say({ type: 'retry' })
    if (this.options.still !== true) this.feed.look()
  }

  dropRefused = async (opIds: readonly string[]): Promise<void> => {
    const outbox = await this.outbox
    const gone = (await outbox.list()).filter(({ job, refused }) => refused !== null && opIds.includes(idOf(job)))
    await outbox.remove(gone.map(({ n }) => n))
    this.dropped(opIds)
    this.tabs.say({ type: 'dropped', ids: opIds })
  }

  close = (): void => {
    if (this.isGone()) return
    this.stopped.abort()
    for (const leave of this.leaving) leave()
    this.feed.close()
    this.room.close()
    void this.finish()
  }

  /** What was drawn a moment ago still goes out, while the page shows something else. */
  private async finish(): Promise<void> {
    await this.keeping
    this.sender?.finish()
  }

  // --- coming in --------------------------------------------------------------------------------

  private async begin(): Promise<void> {
    const outbox = await this.outbox
    this.readKept(await outbox.list())
    const post = postFor(this.slideId, () => this.guestName)
    this.sender = new Sender(this.scope, outbox, post, {
      settled: (results, jobs) => this.settledHere(results, jobs),
      layerRefused: ({ layer }) => {
        this.layerRefused(layer.layer_id)
        this.tabs.say({ type: 'layer_refused', layer_id: layer.layer_id })
      },
      trouble: (trouble) => {
        this.saving.inTrouble(trouble)
        this.tabs.say({ type: 'trouble', trouble })
      },
    })
    void this.sender.start().finally(() => {
      this.tabs.close()
      outbox.close()
    })
    if (this.isGone()) this.sender.finish()
    else void sendForgotten(this.viewerKey, this.slideId)
    if (await this.read(true)) this.enter()
  }

  private enter(): void {
    if (this.options.still === true) this.document.setRights(['view'])
    else this.feed.start()
  }

  private readKept(kept: Awaited<ReturnType<Outbox['list']>>): void {
    this.adopt(kept.filter(({ refused }) => refused === null).map(({ job }) => job))
    for (const { job, refused } of kept) {
      if (refused === null) continue
      this.saving.refuse([idOf(job)], Date.parse(job.at))
      if (job.kind === 'op') this.document.settle([refusal(job.op, refused)], new Map([[job.op.op_id, job.op]]))
    }
  }

  private isGone(): boolean {
    return this.stopped.signal.aborted
  }

  /** Read everything anew; without a network again and again. */
  private async read(classes: boolean): Promise<boolean> {
    for (let wait = FIRST_WAIT_MS; !this.isGone(); wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        const { signal } = this.stopped
        const [snapshot, list] = await Promise.all([
          getAnnotations(this.slideId, {}, signal),
          classes ? getSlideClasses(this.slideId, signal) : null,
        ])
        if (this.isGone()) return false
        if (list !== null) this.document.loadClasses(list)
        this.document.load(snapshot)
        return true
      } catch (error) {
        if (this.isGone()) return false
        if (error instanceof ApiError && (error.status === 403 || error.status === 404)) {
          this.room.lost('ended', 'no_right')
          return false
        }
        this.room.lost('offline')
        await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)))
      }
    }
    return false
  }

  // --- what comes -------------------------------------------------------------------------------

  private take({ entries, seq }: JournalPage): void {
    if (this.document.receive(entries, seq)) void this.read(false)
  }

  private async readClasses(): Promise<void> {
    try {
      this.document.loadClasses(await getSlideClasses(this.slideId, this.stopped.signal))
    } catch {
      // The ones that are known stay; the next change of the list, or the next visit, brings them.
    }
  }

  /** Who this is and what they may do, as the socket says it. */
  private watchRoom(): () => void {
    let { me, rights } = this.presence.get()
    return this.presence.subscribe(() => {
      const now = this.presence.get()
      if (now.me !== null && now.me !== me) this.document.signAs({ id: now.me.id, name: now.me.name })
      if (now.rights !== null && now.rights !== rights) this.document.setRights(now.rights)
      ;({ me, rights } = now)
    })
  }

  private watchPage(): (() => void)[] {
    const look = (): void => {
      if (window.document.visibilityState === 'visible') this.retry()
    }
    const offline = (): void => this.sender?.inTrouble('offline')
    const guard = (event: BeforeUnloadEvent): void => {
      if (this.saving.unsent > 0) event.preventDefault()
    }
    window.addEventListener('online', look)
    window.addEventListener('focus', look)
    window.addEventListener('offline', offline)
    window.addEventListener('beforeunload', guard)
    window.document.addEventListener('visibilitychange', look)
    return [
      () => {
        window.removeEventListener('online', look)
        window.removeEventListener('focus', look)
        window.removeEventListener('offline', offline)
        window.removeEventListener('beforeunload', guard)
        window.document.removeEventListener('visibilitychange', look)
      },
      onSignedOut(() => this.sender?.inTrouble('signed_out')),
      onSignedIn(() => {
        this.saving.inTrouble(null)
        this.retry()
      }),
    ]
  }

  // --- what goes --------------------------------------------------------------------------------

  private keep(jobs: readonly Job[]): void {
    this.saving.add(jobs)
    this.keeping = this.keeping.then(() => this.store(jobs))
  }

  private async store(jobs: readonly Job[]): Promise<void> {
    const outbox = await this.outbox
    for (;;) {
      try {
        await outbox.add(jobs)
        break
      } catch {
        // A full disk: the changes stay in the page, which warns before it goes, until there is room.
        await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 4))
      }
    }
    this.sender?.poke()
    this.tabs.say({ type: 'added', jobs })
  }

  private settledHere(results: readonly OpResult[], jobs: readonly Job[]): void {
    this.settled(results, jobs)
    this.tabs.say({ type: 'settled', results, jobs })
  }

  private settled(results: readonly OpResult[], jobs: readonly Job[]): void {
    const ops = new Map(jobs.flatMap((job) => (job.kind === 'op' ? [[job.op.op_id, job.op] as const] : [])))
    const kept = results.filter(({ outcome, code }) => outcome === 'refused' && code !== 'undo_conflict').map(({ op_id: id }) => id)
    const held = new Set(kept)
    for (const { op_id: id } of results) this.answered.add(id)
    this.saving.done(results.map(({ op_id: id }) => id).filter((id) => !held.has(id)))
    if (kept.length > 0) this.saving.refuse(kept, Date.now())
    this.document.settle(results, ops)
    if (this.document.awaited !== null) this.feed.await(() => this.document.awaited)
  }

  private layerRefused(layerId: string): void {
    this.saving.refuse([layerId], Date.now())
    this.document.dropLayer(layerId)
  }

  private dropped(ids: readonly string[]): void {
    this.saving.done(ids)
    for (const told of this.document.state.get().told) if (ids.includes(told.notice_id)) this.document.forget(told)
  }

  /** Another tab of the same person. */
  private hear(message: TabMessage): void {
    if (message.type === 'added') {
      this.adopt(message.jobs)
      this.sender?.poke()
    } else if (message.type === 'settled') this.settled(message.results, message.jobs)
    else if (message.type === 'layer_refused') this.layerRefused(message.layer_id)
    else if (message.type === 'dropped') this.dropped(message.ids)
    else if (message.type === 'retry') this.sender?.poke()
    else this.saving.inTrouble(message.trouble)
  }

  /** Changes that were made elsewhere. News of their end may have been faster than that of their beginning. */
  private adopt(jobs: readonly Job[]): void {
    const open = jobs.filter((job) => !this.answered.has(idOf(job)))
    this.document.adopt(open)
    this.saving.add(open)
  }
}

function socketAddress(slideId: string, after: number): string {
  const { protocol, host } = window.location
  const path = asGuestAddress(`/api/v1/slides/${encodeURIComponent(slideId)}/live?after=${after}`)
  return `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}${path}`
}
