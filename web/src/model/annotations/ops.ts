/**
 * How operations and journal entries change annotations, comments and layers: pure functions, the same rules as the
 * server's `ops.py`. A snapshot with the entries after it applied in order is the fresh snapshot.
 */
import type { Annotation, Author, Comment, Confirmed, Entry, Layer, Op, Patch, Snapshot } from './types'

/** Keys that hold one value per inner key. */
const DOTTED = ['properties', 'measurements'] as const

export const EMPTY: Confirmed = { annotations: new Map(), comments: new Map(), layers: new Map(), seq: 0, stale: false }

export function fromSnapshot(snapshot: Snapshot): Confirmed {
  return {
    annotations: new Map(snapshot.annotations.map((one) => [one.annotation_id, one])),
    comments: new Map(snapshot.comments.map((one) => [one.comment_id, one])),
    layers: new Map(snapshot.layers.map((one) => [one.layer_id, one])),
    seq: snapshot.seq,
    stale: false,
  }
}

/** Apply one entry; one that the state has already changes nothing. */
export function applyEntry(state: Confirmed, entry: Entry): Confirmed {
  return applyEntries(state, [entry])
}

/** Apply entries in the order of their numbers. */
export function applyEntries(state: Confirmed, entries: readonly Entry[]): Confirmed {
  const fresh = entries.filter(({ seq }) => seq > state.seq).sort((a, b) => a.seq - b.seq)
  if (fresh.length === 0) return state
  const next = { annotations: new Map(state.annotations), comments: new Map(state.comments), layers: new Map(state.layers) }
  let { seq, stale } = state
  for (const entry of fresh) {
    // One that came twice in one delivery counts once.
    if (entry.seq <= seq) continue
    seq = entry.seq
    if (bringsUnseen(entry)) stale = true
    put(next, entry)
  }
  return { ...next, seq, stale }
}

/** A layer that comes back may bring objects that this browser never saw: then everything is read anew. */
export function bringsUnseen(entry: Entry): boolean {
  return (entry.entity === 'layer' || entry.entity === 'result_layer') && entry.kind === 'restore'
}

export interface Tables {
  readonly annotations: Map<string, Annotation>
  readonly comments: Map<string, Comment>
  readonly layers: Map<string, Layer>
}

/** Put one entry into tables, in place. */
export function put(tables: Tables, entry: Entry): void {
  const { target } = entry
  if (entry.entity === 'annotation') keep(tables.annotations, target, annotationAfter(tables.annotations.get(target), entry))
  else if (entry.entity === 'comment') keep(tables.comments, target, commentAfter(tables.comments.get(target), entry))
  else if (entry.entity === 'layer' || entry.entity === 'result_layer') keep(tables.layers, target, layerAfter(tables.layers.get(target), entry))
}

function keep<T>(table: Map<string, T>, target: string, found: T | null): void {
  if (found !== null) table.set(target, found)
}

const BLANK_ANNOTATION = {
  layer_id: null,
  object_type: 'annotation',
  parent_id: null,
  geometry: null,
  nucleus: null,
  class_id: null,
  name: '',
  properties: {},
  measurements: {},
  plane: 0,
  time: 0,
  locked: false,
  review: 'draft',
  review_note: '',
  corrects: null,
  variant_of: null,
  deleted: false,
} as const

const BLANK_COMMENT = { thread_id: null, on: null, text: '', mentions: [], resolved_at: null, resolved_by: null, deleted: false } as const

/** Only what begins an object makes one: a change to something never seen is somebody else's business. */
function begins(entry: Entry, before: object | undefined): boolean {
  return entry.kind === 'create' || (before === undefined && entry.kind === 'restore')
}

function made({ author_id, author_name, at }: Entry): object {
  return { author_id, author_name, created_at: at }
}

/** What an entry makes of its annotation; null where it changes one that was never seen. */
export function annotationAfter(before: Annotation | undefined, entry: Entry): Annotation | null {
  const blank: object = { annotation_id: entry.target, ...BLANK_ANNOTATION, ...made(entry) }
  const base = begins(entry, before) ? (blank as Annotation) : before
  if (base === undefined) return null
  const after = { ...patched(base, entry.patch), rev: entry.rev, changed_at: entry.at }
  return entry.kind === 'create' ? { ...after, variant_of: entry.variant_of } : after
}

export function commentAfter(before: Comment | undefined, entry: Entry): Comment | null {
  const blank: object = { comment_id: entry.target, ...BLANK_COMMENT, ...made(entry) }
  const base = begins(entry, before) ? (blank as Comment) : before
  if (base === undefined) return null
  const { resolved, ...patch } = entry.patch
  const whom = resolved === undefined ? {} : resolved === true ? { resolved_at: entry.at, resolved_by: entry.author_id } : UNRESOLVED
  return { ...patched(base, patch), ...whom, rev: entry.rev, changed_at: entry.at }
}

const UNRESOLVED = { resolved_at: null, resolved_by: null }

export function layerAfter(before: Layer | undefined, entry: Entry): Layer | null {
  const blank: object = { layer_id: entry.target }
  const base = begins(entry, before) ? (blank as Layer) : before
  return base === undefined ? null : { ...patched(base, entry.patch), rev: entry.rev }
}

/** Whether it is there for people: not deleted, on a layer that is there. */
export function isShown(one: Annotation, layers: ReadonlyMap<string, Layer>): boolean {
  return !one.deleted && layers.get(one.layer_id)?.deleted === false
}

/** A copy of `one` with a flat patch applied: `properties.stain` reaches inside, `null` there takes the key away. */
export function patched<T extends object>(one: T, patch: Patch): T {
  const after = { ...(one as object) } as Record<string, unknown>
  for (const [key, value] of Object.entries(patch)) {
    const inner = innerKey(key)
    if (inner === null) {
      after[key] = value
      continue
    }
    const held = { ...(after[inner.outer] as Record<string, unknown> | undefined) }
    if (value === null || value === undefined) Reflect.deleteProperty(held, inner.key)
    else held[inner.key] = value
    after[inner.outer] = held
  }
  return after as T
}

function innerKey(key: string): { outer: string; key: string } | null {
  for (const outer of DOTTED) if (key.startsWith(`${outer}.`)) return { outer, key: key.slice(outer.length + 1) }
  return null
}

/** The value that a patch of this key would replace. */
export function valueOf(one: object, key: string): unknown {
  const record = one as Record<string, unknown>
  const inner = innerKey(key)
  if (inner !== null) return (record[inner.outer] as Record<string, unknown> | undefined)?.[inner.key] ?? null
  if (key === 'resolved') return record['resolved_at'] !== null && record['resolved_at'] !== undefined
  return record[key]
}

/** What a patch replaces in `one`: applied after it, everything is as before. */
export function beforeOf(one: object, patch: Patch): Patch {
  return Object.fromEntries(Object.keys(patch).map((key) => [key, valueOf(one, key)]))
}

/** Whole `properties` and `measurements` as one key for each inner one. */
export function flattened(values: Patch): Patch {
  const flat: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(values)) {
    const outer = DOTTED.find((name) => name === key)
    if (outer === undefined || typeof value !== 'object' || value === null) flat[key] = value
    else for (const [inner, held] of Object.entries(value)) flat[`${outer}.${inner}`] = held
  }
  return flat
}

/** What an operation is expected to do, before the server has said so. */
export function asEntry(op: Op, author: Author, at: string): Entry {
  return {
    seq: 0,
    op_id: op.op_id,
    entity: op.entity,
    target: op.target,
    kind: op.kind,
    author_id: author.id,
    author_name: author.name,
    at,
    base_rev: op.base_rev,
    rev: op.base_rev,
    patch: marked(op),
    before: {},
    variant_of: null,
  }
}

/** Deleting and restoring are changes of one key. */
function marked({ kind, patch }: Op): Patch {
  if (kind === 'delete') return { deleted: true }
  return kind === 'restore' ? { ...patch, deleted: false } : patch
}

/** Apply an operation at once; the place in the journal stays where it is. */
export function applyOp(state: Confirmed, op: Op, author: Author, at: string): Confirmed {
  const entry = { ...asEntry(op, author, at), seq: state.seq + 1 }
  return { ...applyEntry(state, entry), seq: state.seq }
}

/** The operation that takes an entry back; its `base_rev` says after which change it was meant. */
export function inverse(entry: Entry): Omit<Op, 'op_id'> & { readonly entity: Op['entity'] } {
  const entity = entry.entity === 'comment' ? 'comment' : 'annotation'
  const common = { entity, target: entry.target, base_rev: entry.rev, undo_of: entry.seq } as const
  if (entry.kind === 'create') return { ...common, kind: 'delete', patch: { deleted: true } }
  if (entry.kind === 'delete') return { ...common, kind: 'restore', patch: { ...entry.before, deleted: false } }
  if (entry.kind === 'restore') return { ...common, kind: 'delete', patch: { ...entry.before, deleted: true } }
  return { ...common, kind: 'change', patch: entry.before }
}

/** Whether two values of the wire are the same, whatever the order of their keys. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && same(left[key], right[key]))
}
