import 'fake-indexeddb/auto'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { ApiError } from '../api/problem'
import { newId } from '../model/annotations/ids'
import type { Job, Op, OpAnswer, OpResult, SaveState } from '../model/annotations/types'
import { openOutbox, type Outbox, scopeOf, waitingSlides } from './outbox'
import { Saving } from './saving'
import { type Heard, type Post, Sender } from './sender'
import { idOf, type Trouble } from './tabs'

let name = ''
const scope = scopeOf('host', 'person', 'slide')
const made: Sender[] = []

beforeEach(() => {
  name = newId()
})

afterEach(() => {
  for (const sender of made.splice(0)) sender.stop()
})

function job(target = newId()): Job {
  const op: Op = { op_id: newId(), entity: 'annotation', target, kind: 'create', base_rev: 0, patch: { geometry: { kind: 'point', at: [1, 2] } } }
  return { kind: 'op', op, at: new Date().toISOString() }
}

const result = (op: Op, extra: Partial<OpResult> = {}): OpResult => ({
  op_id: op.op_id,
  outcome: 'applied',
  seq: 1,
  rev: 1,
  lost: [],
  variant_id: null,
  code: null,
  detail: null,
  ...extra,
})
const answer = (ops: readonly Op[]): OpAnswer => ({ results: ops.map((op) => result(op)), seq: 1 })

/** A server that keeps what it took, in order, and may be told to fail. */
class Server implements Post {
  taken: string[] = []
  requests = 0
  fail: ((ops: readonly Op[]) => Promise<OpAnswer> | null) | null = null

  ops = (ops: readonly Op[]): Promise<OpAnswer> => {
    this.requests += 1
    const failed = this.fail?.(ops) ?? null
    if (failed !== null) return failed
    this.taken.push(...ops.map(({ op_id: id }) => id))
    return Promise.resolve(answer(ops))
  }

  layer = (one: Extract<Job, { kind: 'layer' }>): Promise<unknown> => {
    this.taken.push(one.layer.layer_id)
    return Promise.resolve(null)
  }
}

/** Web Locks of one browser: who asks first has it, the others wait. */
function locks(): Pick<LockManager, 'request'> {
  const tails = new Map<string, Promise<unknown>>()
  const request = (lock: string, { signal }: LockOptions, work: () => Promise<unknown>): Promise<unknown> => {
    const before = tails.get(lock) ?? Promise.resolve()
    const mine = before.then(() => (signal?.aborted === true ? undefined : work()))
    tails.set(
      lock,
      mine.catch(() => undefined),
    )
    return mine
  }
  return { request: request as unknown as LockManager['request'] }
}

interface Log extends Heard {
  results: OpResult[]
  troubles: Trouble[]
}

function log(): Log {
  const results: OpResult[] = []
  const troubles: Trouble[] = []
  return {
    results,
    troubles,
    settled: (more) => results.push(...more),
    layerRefused: () => undefined,
    trouble: (one) => troubles.push(one),
  }
}

function sender(outbox: Outbox, server: Post, heard: Heard, around = { locks: locks() }): Sender {
  const one = new Sender(scope, outbox, server, heard, around)
  made.push(one)
  return one
}

describe('the outbox', () => {
  it('keeps changes over a reload, in order, for their person and slide only', async () => {
    const jobs = [job(), job(), job()]
    const first = await openOutbox(scope, name)
    await first.add(jobs.slice(0, 2))
    await first.add(jobs.slice(2))
    first.close()
    const again = await openOutbox(scope, name)
    expect((await again.list()).map((kept) => idOf(kept.job))).toEqual(jobs.map(idOf))
    for (const other of [scopeOf('host', 'somebody', 'slide'), scopeOf('host', 'person', 'other'), scopeOf('elsewhere', 'person', 'slide')]) {
      const theirs = await openOutbox(other, name)
      expect(await theirs.list()).toEqual([])
      theirs.close()
    }
    expect([...(await waitingSlides('host', 'person', name))]).toEqual([['slide', 3]])
    expect((await waitingSlides('host', 'perso', name)).size).toBe(0)
    again.close()
  })
})

describe('the sender', () => {
  it('sends layers and changes in the order they were made, and empties the outbox', async () => {
    const outbox = await openOutbox(scope, name)
    const layer = { kind: 'layer', layer: { layer_id: newId() }, at: new Date().toISOString() } as Job
    const jobs = [job(), layer, job(), job()]
    await outbox.add(jobs)
    const server = new Server()
    const heard = log()
    const one = sender(outbox, server, heard)
    one.finish()
    await one.start()
    expect(server.taken).toEqual(jobs.map(idOf))
    expect(server.requests).toBe(2)
    expect(await outbox.list()).toEqual([])
    expect(heard.results.map(({ op_id: id }) => id)).toEqual(jobs.map(idOf))
  })

  it('sends again what was not answered, the very same, and says that it is offline and since when', async () => {
    const outbox = await openOutbox(scope, name)
    await outbox.add([job(), job()])
    const server = new Server()
    const bodies: string[] = []
    let left = 2
    server.fail = (ops) => {
      bodies.push(JSON.stringify(ops))
      left -= 1
      return left >= 0 ? Promise.reject(new ApiError('unreachable', 'no', 0, null)) : null
    }
    const heard = log()
    const one = sender(outbox, server, heard)
    one.finish()
    const ended = one.start()
    await vi.waitFor(() => expect(heard.troubles).toHaveLength(1))
    await vi.waitFor(async () => {
      one.poke()
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(server.taken).toHaveLength(2)
    })
    await ended
    expect(new Set(bodies).size).toBe(1)
    expect(heard.troubles.map((trouble) => trouble?.reason ?? null)).toEqual(['offline', null])
  })

  it('keeps what the server refuses and goes on with the rest', async () => {
    const outbox = await openOutbox(scope, name)
    const [bad, good, undo] = [job(), job(), job()]
    await outbox.add([bad, good, undo])
    const heard = log()
    const post: Post = {
      ops: (ops) =>
        Promise.resolve({
          seq: 1,
          results: ops.map((op) =>
            op.op_id === idOf(bad)
              ? result(op, { outcome: 'refused', code: 'locked', detail: 'It is locked.' })
              : op.op_id === idOf(undo)
                ? result(op, { outcome: 'refused', code: 'undo_conflict' })
                : result(op),
          ),
        }),
      layer: () => Promise.resolve(),
    }
    const one = sender(outbox, post, heard)
    one.finish()
    await one.start()
    expect((await outbox.list()).map(({ job: kept, refused }) => [idOf(kept), refused?.code])).toEqual([[idOf(bad), 'locked']])
  })

  it('finds the one change for which the server refuses a whole request', async () => {
    const outbox = await openOutbox(scope, name)
    const jobs = [job(), job(), job()]
    await outbox.add(jobs)
    const server = new Server()
    server.fail = (ops) => (ops.some(({ op_id: id }) => id === idOf(jobs[1] as Job)) ? Promise.reject(new ApiError('invalid_request', 'No.', 422, null)) : null)
    const one = sender(outbox, server, log())
    one.finish()
    await one.start()
    expect(server.taken).toEqual([jobs[0], jobs[2]].map((kept) => idOf(kept as Job)))
    expect((await outbox.list()).map(({ refused }) => refused?.code)).toEqual(['invalid_request'])
  })

  it('keeps everything while nobody is signed in, and after the right is gone', async () => {
    const outbox = await openOutbox(scope, name)
    await outbox.add([job()])
    const server = new Server()
    server.fail = () => Promise.reject(new ApiError('unauthenticated', 'Sign in.', 401, null))
    const heard = log()
    const one = sender(outbox, server, heard)
    void one.start()
    await vi.waitFor(() => expect(heard.troubles.map((trouble) => trouble?.reason)).toEqual(['signed_out']))
    expect((await outbox.list()).map(({ refused }) => refused)).toEqual([null])
    server.fail = () => Promise.reject(new ApiError('forbidden', 'You may look at this but not draw on it.', 403, null))
    await vi.waitFor(async () => {
      one.poke()
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect((await outbox.list()).map(({ refused }) => refused?.code)).toEqual(['forbidden'])
    })
    expect(heard.results.map(({ outcome }) => outcome)).toEqual(['refused'])
  })

  it('sends nothing twice from two tabs, and the second goes on when the first is gone', async () => {
    const around = { locks: locks() }
    const server = new Server()
    const [first, second] = [await openOutbox(scope, name), await openOutbox(scope, name)]
    const [a, b] = [sender(first, server, log(), around), sender(second, server, log(), around)]
    const gone = a.start()
    void b.start()
    const jobs = [job(), job()]
    await first.add(jobs.slice(0, 1))
    await second.add(jobs.slice(1))
    a.poke()
    b.poke()
    await vi.waitFor(() => expect(server.taken).toEqual(jobs.map(idOf)))
    a.stop()
    await gone
    const last = job()
    await second.add([last])
    b.poke()
    await vi.waitFor(() => expect(server.taken).toEqual([...jobs, last].map(idOf)))
  })
})

describe('the state of saving', () => {
  it('says saved, saving, not saved with since when, refused', () => {
    let state: SaveState = { kind: 'saved' }
    const saving = new Saving((now) => (state = now))
    const [one, two] = [job(), job()]
    saving.add([one, two])
    expect(state).toEqual({ kind: 'saving', count: 2 })
    saving.inTrouble({ reason: 'offline', since: 5 })
    expect(state).toEqual({ kind: 'unsaved', count: 2, since: 5, reason: 'offline' })
    saving.inTrouble(null)
    saving.done([idOf(one)])
    saving.refuse([idOf(two)], 7)
    expect(state).toEqual({ kind: 'unsaved', count: 1, since: 7, reason: 'refused' })
    expect(saving.unsent).toBe(0)
    saving.done([idOf(two)])
    expect(state).toEqual({ kind: 'saved' })
  })
})
