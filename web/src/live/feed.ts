/**
 * The socket of a slide: the journal as it grows, and the others' hands. It comes back by itself. Where no socket gets
 * through, the journal is asked for now and then; whatever came by which way, entries are taken in the order of their numbers.
 */
import type { JournalPage } from '../model/annotations/types'
import { CLOSED, type Incoming, type Outgoing } from './wire'

const FIRST_WAIT_MS = 300
const LONGEST_WAIT_MS = 10_000
/** A socket that says nothing for so long is asked whether it lives, and given up when it does not answer. */
const QUIET_MS = 20_000
const ANSWER_MS = 8_000
/** The entries of an acknowledged change come by socket; if not within this time, they are asked for. */
const AWAITED_MS = 1_000
/** The same person came in again under the same id. */
const TAKEN = 4409

export interface FeedPorts {
  address: (after: number) => string
  hello: () => Outgoing
  journal: (after: number, signal: AbortSignal) => Promise<JournalPage>
  /** Up to where the document knows the journal. */
  seq: () => number
  entries: (page: JournalPage) => void
  message: (message: Incoming) => void
  /** The list of classes is another, or may have become so while nobody heard it. */
  classes: () => void
  connection: (state: 'connecting' | 'offline' | 'signed_out' | 'no_right') => void
  /** No socket gets through here. */
  barred?: () => void
}

export class Feed {
  private socket: WebSocket | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private quiet: ReturnType<typeof setTimeout> | undefined
  private awaiting: ReturnType<typeof setTimeout> | undefined
  private failures = 0
  private heard = false
  private over = false
  private asking: Promise<void> | null = null
  private readonly stopped = new AbortController()

  constructor(
    private readonly ports: FeedPorts,
    private readonly open: (address: string) => WebSocket = (address) => new WebSocket(address),
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    if (this.over || this.socket !== null) return
    clearTimeout(this.timer)
    this.ports.connection('connecting')
    const socket = this.open(this.ports.address(this.ports.seq()))
    this.socket = socket
    let welcomed = false
    socket.onopen = () => {
      this.send(this.ports.hello())
      this.listen()
    }
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.socket !== socket || typeof data !== 'string') return
      this.listen()
      const message = JSON.parse(data) as Incoming
      if (message.type === 'welcome') {
        welcomed = true
        this.failures = 0
        if (this.heard) this.ports.classes()
        this.heard = true
      }
      if (message.type === 'entries') this.ports.entries(message)
      else if (message.type === 'classes') this.ports.classes()
      else this.ports.message(message)
    }
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.closed(code, welcomed)
    }
  }

  /** False when nobody is there to hear it. */
  send(message: Outgoing): boolean {
    if (this.socket?.readyState !== 1) return false
    this.socket.send(JSON.stringify(message))
    return true
  }

  /** The page is looked at again, or there is a network: do not wait any longer, and make sure that nothing is missing. */
  look(): void {
    if (this.over) return
    if (this.socket === null) this.start()
    else if (this.socket.readyState === 1) {
      this.send({ type: 'ping' })
      this.expectAnswer()
    }
    void this.catchUp()
  }

  /** Come in anew, under another name. */
  again(): void {
    const { socket } = this
    this.socket = null
    socket?.close()
    this.start()
  }

  /** The server has named a number: its entries are to come soon. */
  await(awaited: () => number | null): void {
    if (this.awaiting !== undefined || this.over) return
    const ms = this.socket?.readyState === 1 ? AWAITED_MS : 0
    this.awaiting = setTimeout(() => {
      this.awaiting = undefined
      if (awaited() !== null) void this.catchUp()
    }, ms)
  }

  /** Read the journal from where the document is, page by page. */
  catchUp(): Promise<void> {
    this.asking ??= this.read().finally(() => {
      this.asking = null
    })
    return this.asking
  }

  close(): void {
    this.over = true
    this.stopped.abort()
    for (const timer of [this.timer, this.quiet, this.awaiting]) clearTimeout(timer)
    const { socket } = this
    this.socket = null
    socket?.close(1000)
  }

  private async read(): Promise<void> {
    try {
      for (;;) {
        const after = this.ports.seq()
        const page = await this.ports.journal(after, this.stopped.signal)
        if (this.over) return
        this.ports.entries(page)
        if (page.seq <= after) return
      }
    } catch {
      // No network: the next try comes with the socket, the focus or the next acknowledged change.
    }
  }

  private closed(code: number, welcomed: boolean): void {
    this.socket = null
    clearTimeout(this.quiet)
    if (this.over) return
    if (code === CLOSED.sessionOver) {
      this.ports.connection('signed_out')
      return
    }
    if (code === CLOSED.noRight || code === TAKEN) {
      this.over = true
      this.ports.connection(code === TAKEN ? 'offline' : 'no_right')
      return
    }
    this.failures += 1
    this.ports.connection('offline')
    if (!welcomed && this.failures >= 2) this.ports.barred?.()
    void this.catchUp()
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1))
    this.timer = setTimeout(() => this.start(), longest * (0.5 + this.random() / 2))
  }

  private listen(): void {
    clearTimeout(this.quiet)
    this.quiet = setTimeout(() => {
      this.send({ type: 'ping' })
      this.expectAnswer()
    }, QUIET_MS)
  }

  /** A dead connection does not close by itself: it is given up. */
  private expectAnswer(): void {
    clearTimeout(this.quiet)
    const { socket } = this
    this.quiet = setTimeout(() => {
      if (socket === null || this.socket !== socket) return
      socket.onclose = null
      socket.close()
      this.closed(1006, true)
    }, ANSWER_MS)
  }
}
