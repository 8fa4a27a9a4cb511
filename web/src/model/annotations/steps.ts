/** Undo and redo of one person: steps of theirs with what was before, and whether somebody changed it since. */
import { beforeOf, same, valueOf } from './ops'
import type { Annotation, Entry, Op, OpKind, OpResult, Patch } from './types'

/** How many steps are remembered. */
const MOST = 200

/** One object of a step. */
export interface Item {
  op_id: string
  target: string
  readonly kind: OpKind
  /** What the step wrote and what stood there before. */
  after: Patch
  readonly before: Patch
}

export type Step = readonly Item[]

/** What takes an item back. */
export interface Reversal {
  readonly target: string
  readonly kind: OpKind
  readonly patch: Patch
  /** My last entry about the same keys, so that the server can see whether somebody came between. */
  readonly undo_of: number | null
}

export class Steps {
  private readonly done: Step[] = []
  private readonly undone: Step[] = []
  /** Numbers of my last entries, by target and key. */
  private readonly written = new Map<string, Map<string, { seq: number; rev: number }>>()

  get canUndo(): boolean {
    return this.done.length > 0
  }

  get canRedo(): boolean {
    return this.undone.length > 0
  }

  /** Remember what was done; what was undone before cannot be done again after it. */
  did(step: Step, way: 'new' | 'undo' | 'redo' = 'new'): void {
    if (step.length === 0) return
    const stack = way === 'undo' ? this.undone : this.done
    stack.push(step)
    if (stack.length > MOST) stack.shift()
    if (way === 'new') this.undone.length = 0
  }

  take(way: 'undo' | 'redo'): Step | undefined {
    return (way === 'undo' ? this.done : this.undone).pop()
  }

  /** How to take an item back, or null when somebody changed what it wrote. */
  reversal(item: Item, now: Annotation | undefined): Reversal | null {
    if (now === undefined || (now.deleted && item.kind === 'change')) return null
    const keys = Object.keys(item.after)
    if (keys.some((key) => !same(valueOf(now, key), item.after[key]))) return null
    const numbers = keys.map((key) => this.written.get(item.target)?.get(key)?.seq ?? null)
    const known = numbers.filter((seq) => seq !== null)
    const undo_of = known.length > 0 ? Math.max(...known) : null
    if (item.kind === 'create' || item.kind === 'restore') return { target: item.target, kind: 'delete', patch: { deleted: true }, undo_of }
    if (item.kind === 'delete') return { target: item.target, kind: 'restore', patch: { deleted: false }, undo_of }
    return { target: item.target, kind: 'change', patch: item.before, undo_of }
  }

  /** One of my operations is durable: the server may have written it in other words, or beside the object. */
  confirmed(entry: Entry): void {
    const keys = Object.keys(entry.patch)
    this.note(entry.target, entry.kind === 'create' ? [...keys, 'deleted'] : keys, entry.seq, entry.rev)
    for (const step of [...this.done, ...this.undone]) {
      for (const item of step) {
        if (item.op_id !== entry.op_id || item.target !== entry.target) continue
        item.after = Object.fromEntries(Object.keys(item.after).map((key) => [key, key in entry.patch ? entry.patch[key] : item.after[key]]))
      }
    }
  }

  /** My outline is kept as an object of its own: taking it back takes that object away. */
  keptBeside(result: OpResult): void {
    const { variant_id: variant } = result
    if (variant === null) return
    for (const stack of [this.done, this.undone]) {
      stack.forEach((step, i) => {
        if (!step.some((item) => item.op_id === result.op_id)) return
        stack[i] = step.map((item) =>
          item.op_id === result.op_id ? { ...item, target: variant, kind: 'create', after: { deleted: false }, before: {} } : item,
        )
      })
    }
  }

  /** What the server would not have was never done. */
  refused(opIds: ReadonlySet<string>): void {
    for (const stack of [this.done, this.undone]) {
      const left = stack.map((step) => step.filter((item) => !opIds.has(item.op_id))).filter((step) => step.length > 0)
      stack.splice(0, stack.length, ...left)
    }
  }

  /** Keys of mine that somebody wrote over without having seen them. */
  lostTo(entry: Entry, author: string): string[] {
    if (entry.author_id === author) return []
    const mine = this.written.get(entry.target)
    if (mine === undefined) return []
    const lost = Object.keys(entry.patch).filter((key) => (mine.get(key)?.rev ?? 0) > entry.base_rev && !same(entry.before[key], entry.patch[key]))
    for (const key of Object.keys(entry.patch)) mine.delete(key)
    return lost
  }

  private note(target: string, keys: readonly string[], seq: number, rev: number): void {
    const mine = this.written.get(target) ?? new Map<string, { seq: number; rev: number }>()
    for (const key of keys) mine.set(key, { seq, rev })
    this.written.set(target, mine)
  }
}

/** Remember an operation with what it replaces. */
export function itemOf(op: Op, before: Annotation | undefined): Item {
  if (op.kind === 'create') return { op_id: op.op_id, target: op.target, kind: 'create', after: { deleted: false }, before: {} }
  const after = op.kind === 'delete' ? { deleted: true } : op.kind === 'restore' ? { deleted: false } : op.patch
  return { op_id: op.op_id, target: op.target, kind: op.kind, after, before: before === undefined ? {} : beforeOf(before, after) }
}
