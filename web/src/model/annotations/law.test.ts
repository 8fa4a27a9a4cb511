/** The law at every client: whatever the order, the losses and the repetitions, all end with what the server has. */
import { describe, expect, it } from 'vitest'

import { AnnotationDocument } from './document'
import { applyEntries, applyEntry, applyOp, EMPTY, fromSnapshot, inverse, isShown, patched, valueOf } from './ops'
import type { Annotation, Entry, Job, Layer, Op, OpResult, Patch, Snapshot } from './types'

/** Reproducible chance (mulberry32). */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296
  }
}

const LAYER: Layer = {
  layer_id: 'layer',
  slide_id: 'slide',
  name: 'Annotations',
  owner_id: 'p0',
  owner_name: 'P0',
  kind: 'drawn',
  visibility: 'project',
  locked: false,
  opacity: 1,
  order: 0,
  created_at: '2026-01-01T00:00:00Z',
  rev: 1,
  deleted: false,
  object_count: null,
  info: {},
}

/** The server's merging, as far as the browser can tell: numbers, idempotency, siblings of outlines. */
class Server {
  readonly journal: Entry[] = []
  private readonly results = new Map<string, OpResult>()
  private readonly revs = new Map<string, Map<string, { rev: number; author: string }>>()
  state = fromSnapshot({ annotations: [], comments: [], layers: [LAYER], seq: 0 })

  snapshot(): Snapshot {
    const { annotations, comments, layers, seq } = this.state
    return structuredClone({ annotations: [...annotations.values()], comments: [...comments.values()], layers: [...layers.values()], seq })
  }

  take(ops: readonly Op[], author: string): OpResult[] {
    return ops.map((op) => {
      const known = this.results.get(op.op_id)
      const result = known === undefined ? this.decide(op, author) : { ...known, outcome: 'repeated' as const }
      if (known === undefined) this.results.set(op.op_id, result)
      return result
    })
  }

  private decide(op: Op, author: string): OpResult {
    const held = this.state.annotations.get(op.target)
    const answer = (outcome: OpResult['outcome'], extra: Partial<OpResult> = {}): OpResult => ({
      op_id: op.op_id,
      outcome,
      seq: this.state.seq,
      rev: this.state.annotations.get(op.target)?.rev ?? 0,
      lost: [],
      variant_id: null,
      code: null,
      detail: null,
      ...extra,
    })
    if (op.kind === 'create') {
      if (held !== undefined) return answer('refused', { code: 'id_taken' })
      this.write(op, author, op.target, 'create', op.patch, null)
      return answer('applied')
    }
    if (held === undefined) return answer('refused', { code: 'not_found' })
    const wanted: Patch = op.kind === 'delete' ? { deleted: true } : op.kind === 'restore' ? { deleted: false } : op.patch
    const changes = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => JSON.stringify(valueOf(held, key)) !== JSON.stringify(value)))
    if (Object.keys(changes).length === 0) return answer('applied')
    const others = new Set([...(this.revs.get(op.target) ?? [])].filter(([, one]) => one.rev > op.base_rev && one.author !== author).map(([key]) => key))
    if ('geometry' in changes && others.has('geometry') && !held.deleted) {
      const variant = `${op.op_id}-v`
      const own = new Set(['annotation_id', 'rev', 'changed_at', 'author_id', 'author_name', 'created_at'])
      const copy = Object.fromEntries(Object.entries(held).filter(([key]) => !own.has(key)))
      this.write(op, author, variant, 'create', { ...copy, geometry: changes['geometry'], deleted: false, variant_of: op.target }, op.target)
      return answer('kept_as_variant', { variant_id: variant })
    }
    this.write(op, author, op.target, held.deleted ? 'restore' : changes['deleted'] === true ? 'delete' : 'change', held.deleted ? { ...changes, deleted: false } : changes, null)
    return answer(others.size > 0 ? 'merged' : 'applied')
  }

  private write(op: Op, author: string, target: string, kind: Entry['kind'], patch: Patch, variantOf: string | null): void {
    const held = this.state.annotations.get(target)
    const rev = (held?.rev ?? 0) + 1
    const before = kind === 'create' ? { deleted: true } : Object.fromEntries(Object.keys(patch).map((key) => [key, held === undefined ? null : valueOf(held, key)]))
    const seq = this.journal.length + 1
    const entry: Entry = {
      seq,
      op_id: op.op_id,
      entity: 'annotation',
      target,
      kind,
      author_id: author,
      author_name: author.toUpperCase(),
      at: new Date(1_790_000_000_000 + seq).toISOString(),
      base_rev: op.base_rev,
      rev,
      patch,
      before,
      variant_of: variantOf,
    }
    this.journal.push(structuredClone(entry))
    this.state = applyEntry(this.state, entry)
    const revs = this.revs.get(target) ?? new Map<string, { rev: number; author: string }>()
    for (const key of Object.keys(before)) revs.set(key, { rev, author })
    this.revs.set(target, revs)
  }
}

/** A browser with an outbox whose requests and answers get lost. */
class Client {
  readonly document: AnnotationDocument
  waiting: Op[] = []

  constructor(
    readonly name: string,
    private readonly server: Server,
    private readonly random: () => number,
  ) {
    this.document = new AnnotationDocument('slide', { id: name, name }, { send: (jobs) => this.waiting.push(...opsOf(jobs)) })
    this.document.load(server.snapshot())
    this.document.setActiveLayer('layer')
  }

  act(): void {
    const ids = [...this.document.state.get().annotations.keys()]
    const id = ids[Math.floor(this.random() * ids.length)]
    const dice = this.random()
    const at = [Math.floor(this.random() * 1000), Math.floor(this.random() * 1000)] as const
    if (id === undefined || dice < 0.25) this.document.create([{ geometry: { kind: 'point', at } }])
    else if (dice < 0.5) this.document.change(id, { geometry: { kind: 'point', at } })
    else if (dice < 0.65) this.document.change(id, { name: `n${at[0]}`, [`properties.p${at[0] % 3}`]: at[1] })
    else if (dice < 0.75) this.document.remove([id])
    else if (dice < 0.9) this.document.undo()
    else this.document.redo()
  }

  /** Send a part; sometimes twice, sometimes the answer never comes. */
  send(lossy: boolean): void {
    if (this.waiting.length === 0) return
    const some = this.waiting.slice(0, 1 + Math.floor(this.random() * this.waiting.length))
    const results = this.server.take(some, this.name)
    if (lossy && this.random() < 0.3) return
    this.waiting = this.waiting.slice(some.length)
    this.document.settle(results, new Map(some.map((op) => [op.op_id, op])))
  }

  /** Entries come in chunks, again and in any order within one. */
  hear(): void {
    const from = Math.max(0, this.document.seq - Math.floor(this.random() * 3))
    const some = this.server.journal.slice(from)
    const upTo = this.random() < 0.5 ? some.length : Math.floor(this.random() * (some.length + 1))
    const chunk = some.slice(0, upTo)
    const seq = chunk.at(-1)?.seq ?? 0
    const shuffled = chunk.map((entry) => ({ entry, key: this.random() })).sort((a, b) => a.key - b.key)
    this.document.receive([...shuffled.map(({ entry }) => entry), ...chunk.slice(0, 2)], seq)
  }
}

const opsOf = (jobs: readonly Job[]): Op[] => jobs.flatMap((job) => (job.kind === 'op' ? [job.op] : []))
const shown = (all: Iterable<Annotation>): unknown[] => [...all].filter((one) => !one.deleted).sort((a, b) => (a.annotation_id < b.annotation_id ? -1 : 1))

describe('the law', () => {
  it.each([1, 2, 3, 4, 5, 6])('holds at every client (seed %i)', (seed) => {
    const random = chance(seed)
    const server = new Server()
    const clients = ['a', 'b', 'c', 'd'].map((name) => new Client(name, server, random))
    let variants = 0
    for (let step = 0; step < 600; step++) {
      const client = clients[Math.floor(random() * clients.length)]
      const dice = random()
      if (dice < 0.5) client?.act()
      else if (dice < 0.75) client?.send(true)
      else client?.hear()
    }
    for (let round = 0; round < 50 && clients.some(({ waiting }) => waiting.length > 0); round++) for (const client of clients) client.send(false)
    const fresh = shown(server.state.annotations.values())
    for (const client of clients) {
      client.document.receive(server.journal, server.journal.length)
      const { annotations, saving } = client.document.state.get()
      expect(shown(annotations.values())).toEqual(fresh)
      expect(client.document.awaited).toBeNull()
      expect(saving.kind).toBe('saved')
      variants += [...annotations.values()].filter(({ variant_of }) => variant_of !== null).length
    }
    expect(server.journal.length).toBeGreaterThan(100)
    expect(variants).toBeGreaterThan(0)
    // From any state in between, too, and from nothing.
    const middle = Math.floor(server.journal.length / 2)
    const half = applyEntries({ ...EMPTY, layers: server.state.layers }, server.journal.slice(0, middle))
    expect(applyEntries(half, [...server.journal].reverse())).toEqual(server.state)
  })

  it('shows a person their own change at once, and the other one beside it when both reshaped', () => {
    const server = new Server()
    const [a, b] = [new Client('a', server, Math.random), new Client('b', server, Math.random)]
    const [id = ''] = a.document.create([{ geometry: { kind: 'point', at: [1, 1] } }])
    a.send(false)
    b.document.receive(server.journal, server.journal.length)
    a.document.receive(server.journal, server.journal.length)
    a.document.change(id, { geometry: { kind: 'point', at: [2, 2] } })
    b.document.change(id, { geometry: { kind: 'point', at: [3, 3] } })
    expect(b.document.state.get().annotations.get(id)?.geometry).toEqual({ kind: 'point', at: [3, 3] })
    a.send(false)
    b.send(false)
    for (const { document } of [a, b]) document.receive(server.journal, server.journal.length)
    const [mine] = b.document.state.get().conflicts
    const [theirs] = a.document.state.get().conflicts
    expect(mine?.mine.geometry).toEqual({ kind: 'point', at: [3, 3] })
    expect(mine?.theirs.geometry).toEqual({ kind: 'point', at: [2, 2] })
    expect(theirs?.mine.geometry).toEqual({ kind: 'point', at: [2, 2] })
    if (mine === undefined) throw new Error('no conflict')
    b.document.keep(mine, 'mine')
    expect(b.document.state.get().conflicts).toEqual([])
    b.send(false)
    a.document.receive(server.journal, server.journal.length)
    expect([...a.document.state.get().annotations.values()].map(({ geometry }) => geometry)).toEqual([{ kind: 'point', at: [3, 3] }])
    expect(a.document.state.get().conflicts).toEqual([])
  })
})

describe('pure rules', () => {
  const entry: Entry = {
    seq: 1,
    op_id: 'o1',
    entity: 'annotation',
    target: 'x',
    kind: 'create',
    author_id: 'a',
    author_name: 'A',
    at: '2026-01-01T00:00:00Z',
    base_rev: 0,
    rev: 1,
    patch: { layer_id: 'layer', geometry: { kind: 'point', at: [1, 2] }, 'properties.stain': 'HE' },
    before: { deleted: true },
    variant_of: null,
  }

  it('an entry and its inverse leave what was there', () => {
    const made = applyEntry({ ...EMPTY, layers: new Map([['layer', LAYER]]) }, entry)
    const change: Entry = { ...entry, seq: 2, op_id: 'o2', kind: 'change', rev: 2, base_rev: 1, patch: { name: 'n', 'properties.stain': null }, before: { name: '', 'properties.stain': 'HE' } }
    const changed = applyEntry(made, change)
    expect(changed.annotations.get('x')).toMatchObject({ name: 'n', properties: {}, rev: 2 })
    const back = inverse(change)
    expect(back).toMatchObject({ kind: 'change', base_rev: 2, undo_of: 2 })
    const undone = applyOp(changed, { ...back, op_id: 'o3' }, { id: 'a', name: 'A' }, '2026-01-01T00:00:01Z')
    expect(undone.annotations.get('x')).toMatchObject({ name: '', properties: { stain: 'HE' } })
    expect(inverse(entry)).toMatchObject({ kind: 'delete', patch: { deleted: true } })
    expect(isShown(undone.annotations.get('x') as Annotation, undone.layers)).toBe(true)
  })

  it('changes no object in place', () => {
    const one = Object.freeze({ properties: Object.freeze({ a: 1 }) })
    expect(patched(one, { 'properties.a': null, 'properties.b.c': 2 })).toEqual({ properties: { 'b.c': 2 } })
  })

  it('leaves alone what it never saw', () => {
    const other: Entry = { ...entry, kind: 'change', patch: { name: 'n' } }
    expect(applyEntry(EMPTY, other).annotations.size).toBe(0)
    expect(applyEntry(EMPTY, other).seq).toBe(1)
  })
})
