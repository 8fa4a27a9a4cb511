import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Entry, JournalPage } from '../model/annotations/types'
import { Feed, type FeedPorts } from './feed'
import type { PresenceState } from './presence'
import { cursorAt, PresenceRoom } from './presenceRoom'
import type { Incoming, Outgoing, Person } from './wire'

/** The browser's end of a socket, with the wire in the test's hand. */
class Socket {
  readyState = 0
  sent: Outgoing[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null

  constructor(readonly address: string) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Outgoing)
  }

  close(): void {
    this.readyState = 3
  }

  open(): void {
    this.readyState = 1
    this.onopen?.()
  }

  say(message: Incoming): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }

  drop(code: number): void {
    this.readyState = 3
    this.onclose?.({ code })
  }
}

const me: Person = { id: 'me', name: 'Me', guest: false, colour: '#112233' }
const welcome: Incoming = { type: 'welcome', client_id: 'client-me', person: me, seq: 0, people: [], presenter: null }
const entry = (seq: number): Entry => ({ seq, op_id: `o${seq}` }) as Entry

function wired(journal: Entry[] = []): { feed: Feed; sockets: Socket[]; got: number[]; states: string[]; ports: FeedPorts } {
  const sockets: Socket[] = []
  const got: number[] = []
  const states: string[] = []
  let seq = 0
  const ports: FeedPorts = {
    address: (after) => `ws://host/live?after=${after}`,
    hello: () => ({ type: 'hello', client_id: 'client-me' }),
    journal: (after) => {
      const entries = journal.filter((one) => one.seq > after).slice(0, 2)
      return Promise.resolve({ entries, seq: entries.at(-1)?.seq ?? after })
    },
    seq: () => seq,
    entries: (page: JournalPage) => {
      for (const one of page.entries) if (one.seq > seq) got.push(one.seq)
      seq = Math.max(seq, page.seq)
    },
    message: () => undefined,
    classes: () => states.push('classes'),
    connection: (state) => states.push(state),
    barred: () => states.push('barred'),
  }
  const feed = new Feed(
    ports,
    (address) => {
      const socket = new Socket(address)
      sockets.push(socket)
      return socket as unknown as WebSocket
    },
    () => 0.5,
  )
  return { feed, sockets, got, states, ports }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('the feed', () => {
  it('says hello, takes entries, and comes back after a break from where it was', async () => {
    const { feed, sockets, got, states } = wired([entry(1), entry(2), entry(3), entry(4), entry(5)])
    feed.start()
    sockets[0]?.open()
    expect(sockets[0]?.sent).toEqual([{ type: 'hello', client_id: 'client-me' }])
    sockets[0]?.say(welcome)
    sockets[0]?.say({ type: 'entries', entries: [entry(1), entry(2)], seq: 2 })
    sockets[0]?.drop(1006)
    expect(states.at(-1)).toBe('offline')
    await vi.advanceTimersByTimeAsync(1000)
    // What came meanwhile was read page by page, and the new socket begins after it.
    expect(got).toEqual([1, 2, 3, 4, 5])
    expect(sockets[1]?.address).toContain('after=5')
    feed.close()
  })

  it('has the classes read anew when they change, and after a break in which they may have changed', async () => {
    const { feed, sockets, states } = wired()
    feed.start()
    sockets[0]?.open()
    sockets[0]?.say(welcome)
    expect(states).not.toContain('classes')
    sockets[0]?.say({ type: 'classes' })
    expect(states.filter((one) => one === 'classes')).toHaveLength(1)
    sockets[0]?.drop(1006)
    await vi.advanceTimersByTimeAsync(1000)
    sockets[1]?.open()
    sockets[1]?.say(welcome)
    expect(states.filter((one) => one === 'classes')).toHaveLength(2)
    feed.close()
  })

  it('gives up a dead connection that does not close', async () => {
    const { feed, sockets, states } = wired()
    feed.start()
    sockets[0]?.open()
    sockets[0]?.say(welcome)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sockets[0]?.sent.at(-1)).toEqual({ type: 'ping' })
    sockets[0]?.say({ type: 'pong' })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(sockets).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(states).toContain('offline')
    expect(sockets).toHaveLength(2)
    feed.close()
  })

  it('ends for good without the right, waits without a session, and tries ever more seldom without a network', async () => {
    const lost = wired()
    lost.feed.start()
    lost.sockets[0]?.drop(4403)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(lost.states.at(-1)).toBe('no_right')
    expect(lost.sockets).toHaveLength(1)

    const out = wired()
    out.feed.start()
    out.sockets[0]?.drop(4401)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(out.sockets).toHaveLength(1)
    out.feed.look()
    expect(out.sockets).toHaveLength(2)
    out.feed.close()

    const off = wired()
    off.feed.start()
    for (let i = 0; i < 20; i++) {
      off.sockets.at(-1)?.drop(1006)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(off.states).toContain('barred')
    expect(off.sockets.length).toBeLessThan(10)
    off.feed.close()
  })

  it('asks for entries that were acknowledged and do not come', async () => {
    const { feed, sockets, got } = wired([entry(1)])
    feed.start()
    sockets[0]?.open()
    sockets[0]?.say(welcome)
    feed.await(() => 1)
    await vi.advanceTimersByTimeAsync(900)
    expect(got).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    expect(got).toEqual([1])
    feed.close()
  })

  it('reads anew when the page is looked at again', async () => {
    const { feed, sockets, got } = wired([entry(1)])
    feed.start()
    sockets[0]?.open()
    sockets[0]?.say(welcome)
    feed.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(got).toEqual([1])
    feed.close()
  })
})

const CAMERA = { x: 1, y: 2, resolution: 1, rotation: 0, mirrored: false }

describe('the room', () => {
  const you: Person = { id: 'you', name: 'You', guest: true, colour: '#445566' }

  function room(): { room: PresenceRoom; sent: Outgoing[]; state: () => PresenceState } {
    const sent: Outgoing[] = []
    const made = new PresenceRoom(
      'client-me',
      (message) => {
        sent.push(message)
        return true
      },
      () => Date.now(),
    )
    return { room: made, sent, state: () => made.state.get() }
  }

  it('sends a moving hand at most 20 times a second, the last place for certain', async () => {
    const { room: one, sent } = room()
    for (let i = 0; i < 500; i++) {
      one.say({ cursor: [i, 0] })
      await vi.advanceTimersByTimeAsync(2)
    }
    await vi.advanceTimersByTimeAsync(100)
    expect(sent.length).toBeLessThanOrEqual(21)
    expect(sent.length).toBeGreaterThan(15)
    expect(sent.at(-1)).toMatchObject({ type: 'presence', cursor: [499, 0] })
    one.close()
  })

  it('knows who is here and moves cursors smoothly', async () => {
    const { room: one, state } = room()
    one.take({ ...welcome, people: [{ client_id: 'client-you', person: you }, { client_id: 'client-me', person: me }] })
    expect([...state().people.keys()]).toEqual(['client-you'])
    one.take({ type: 'presence', client_id: 'client-you', cursor: [0, 0], viewport: null, drawing: null, tool: 'polygon' })
    await vi.advanceTimersByTimeAsync(100)
    one.take({ type: 'presence', client_id: 'client-you', cursor: [10, 20], viewport: null, drawing: null, tool: 'polygon' })
    const peer = state().people.get('client-you')
    if (peer === undefined) throw new Error('not here')
    expect(cursorAt(peer, Date.now() + 50)).toEqual([5, 10])
    expect(cursorAt(peer, Date.now() + 5000)).toEqual([10, 20])
    one.take({ type: 'left', client_id: 'client-you' })
    expect(state().people.size).toBe(0)
  })

  it('follows whoever presents, also after it was handed over, and no longer when nobody does', () => {
    const { room: one, sent, state } = room()
    const third: Person = { ...you, id: 'third' }
    one.take({ ...welcome, people: [{ client_id: 'client-you', person: you }, { client_id: 'client-3', person: third }], presenter: 'client-you' })
    one.follow('client-you')
    one.take({ type: 'view', client_id: 'client-you', slide_id: 's', panes: [], camera: CAMERA, look: null, identity_hidden: true })
    expect(state().view).toEqual({ slide_id: 's', panes: [], camera: CAMERA, look: null, identity_hidden: true })
    one.take({ type: 'presenter', client_id: 'client-3' })
    expect(state().following).toBe('client-3')
    expect(sent.at(-1)).toEqual({ type: 'follow', client_id: 'client-3' })
    one.take({ type: 'presenter', client_id: null })
    expect(state().following).toBeNull()
  })
})
