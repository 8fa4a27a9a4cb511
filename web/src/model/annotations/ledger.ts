/** What is durable with what is not yet durable on top. Tells which objects look different after each step. */
import { annotationAfter, asEntry, bringsUnseen, commentAfter, isShown, put, type Tables } from './ops'
import type { Annotation, Author, Comment, Entry, Job, Layer, Op, OpResult, Snapshot } from './types'

type OpJob = Extract<Job, { kind: 'op' }>

/** An operation that is shown before its entry has come; `seq` once the server has taken it. */
interface Pending {
  readonly job: OpJob
  seq: number | null
}

export interface Touched {
  readonly annotations: Set<string>
  readonly comments: Set<string>
  layers: boolean
}

export const touched = (): Touched => ({ annotations: new Set(), comments: new Set(), layers: false })

export class Ledger {
  /** As the server has it. */
  private durable: Tables = { annotations: new Map(), comments: new Map(), layers: new Map() }
  private pending = new Map<string, Pending>()
  /** Pending operations of one target, in the order they were made. */
  private byTarget = new Map<string, Pending[]>()
  private newLayers = new Map<string, Layer>()
  seq = 0
  stale = false

  constructor(private author: Author) {}

  /** What is sent from now on is shown under this name. */
  signAs(author: Author): void {
    this.author = author
  }

  load(snapshot: Snapshot): void {
    // An answer that was long on its way does not take back what came since.
    if (snapshot.seq < this.seq) return
    this.durable = {
      annotations: new Map(snapshot.annotations.map((one) => [one.annotation_id, one])),
      comments: new Map(snapshot.comments.map((one) => [one.comment_id, one])),
      layers: new Map(snapshot.layers.map((one) => [one.layer_id, one])),
    }
    this.stale = false
    this.seq = snapshot.seq
    for (const id of this.durable.layers.keys()) this.newLayers.delete(id)
    this.dropSettled(touched())
  }

  /** Take entries of the journal up to `seq`; those that are here already change nothing. */
  receive(entries: readonly Entry[], seq: number): { touched: Touched; fresh: Entry[] } {
    const changed = touched()
    const fresh: Entry[] = []
    for (const entry of [...entries].sort((a, b) => a.seq - b.seq)) {
      if (entry.seq <= this.seq) continue
      this.seq = entry.seq
      fresh.push(entry)
      if (bringsUnseen(entry)) this.stale = true
      put(this.durable, entry)
      if (entry.entity === 'annotation') changed.annotations.add(entry.target)
      else if (entry.entity === 'comment') changed.comments.add(entry.target)
      else if (entry.entity !== 'class_list') {
        changed.layers = true
        this.newLayers.delete(entry.target)
      }
      const own = this.pending.get(entry.op_id)
      if (own !== undefined) this.forget(own, changed)
    }
    this.seq = Math.max(this.seq, seq)
    this.dropSettled(changed)
    return { touched: changed, fresh }
  }

  add(jobs: readonly Job[]): Touched {
    const changed = touched()
    for (const job of jobs) {
      if (job.kind === 'layer') {
        if (!this.durable.layers.has(job.layer.layer_id)) this.newLayers.set(job.layer.layer_id, job.layer)
        changed.layers = true
      } else if (!this.pending.has(job.op.op_id)) {
        const one: Pending = { job, seq: null }
        this.pending.set(job.op.op_id, one)
        this.byTarget.set(job.op.target, [...(this.byTarget.get(job.op.target) ?? []), one])
        this.mark(job.op, changed)
      }
    }
    return changed
  }

  /** What the server said; a taken operation stays on top until its entry is here. */
  settle(results: readonly OpResult[]): Touched {
    const changed = touched()
    for (const result of results) {
      const one = this.pending.get(result.op_id)
      if (one === undefined) continue
      if (result.outcome === 'refused' || result.seq === null || result.seq <= this.seq) this.forget(one, changed)
      else one.seq = result.seq
    }
    return changed
  }

  /** A layer that the server would not have. */
  dropLayer(layerId: string): Touched {
    this.newLayers.delete(layerId)
    return { ...touched(), layers: true }
  }

  has(opId: string): boolean {
    return this.pending.has(opId)
  }

  /** The highest number that the server has named and that has not come yet; null when nothing is missing. */
  get awaited(): number | null {
    let most: number | null = null
    for (const { seq } of this.pending.values()) if (seq !== null && seq > this.seq) most = Math.max(most ?? 0, seq)
    return most
  }

  annotation(id: string): Annotation | undefined {
    let one = this.durable.annotations.get(id)
    for (const { job } of this.byTarget.get(id) ?? []) {
      const next = annotationAfter(one, this.expected(job, one))
      if (next !== null) one = next
    }
    return one
  }

  comment(id: string): Comment | undefined {
    let one = this.durable.comments.get(id)
    for (const { job } of this.byTarget.get(id) ?? []) {
      const next = commentAfter(one, this.expected(job, one))
      if (next !== null) one = next
    }
    return one
  }

  /** The revision that a change of this object builds on. */
  revOf(target: string): number {
    return (this.durable.annotations.get(target) ?? this.durable.comments.get(target))?.rev ?? 0
  }

  layers(): ReadonlyMap<string, Layer> {
    const all = new Map([...this.durable.layers, ...this.newLayers])
    return new Map([...all].filter(([, layer]) => !layer.deleted).sort(([, a], [, b]) => a.order - b.order))
  }

  annotationIds(): Set<string> {
    return new Set([...this.durable.annotations.keys(), ...this.targets('annotation')])
  }

  commentIds(): Set<string> {
    return new Set([...this.durable.comments.keys(), ...this.targets('comment')])
  }

  /** Deleted annotations on layers that are there. */
  trash(): Annotation[] {
    const layers = this.layers()
    return [...this.annotationIds()]
      .map((id) => this.annotation(id))
      .filter((one) => one !== undefined && one.deleted && isShown({ ...one, deleted: false }, layers)) as Annotation[]
  }

  private targets(entity: Op['entity']): string[] {
    return [...this.pending.values()].filter(({ job }) => job.op.entity === entity).map(({ job }) => job.op.target)
  }

  /** The entry that a pending operation is expected to become. */
  private expected({ op, at }: OpJob, before: Annotation | Comment | undefined): Entry {
    return { ...asEntry(op, this.author, at), rev: before?.rev ?? 0 }
  }

  private mark(op: Op, changed: Touched): void {
    if (op.entity === 'annotation') changed.annotations.add(op.target)
    else changed.comments.add(op.target)
  }

  private forget(one: Pending, changed: Touched): void {
    const { op } = one.job
    this.pending.delete(op.op_id)
    const left = (this.byTarget.get(op.target) ?? []).filter((other) => other !== one)
    if (left.length > 0) this.byTarget.set(op.target, left)
    else this.byTarget.delete(op.target)
    this.mark(op, changed)
  }

  private dropSettled(changed: Touched): void {
    for (const one of [...this.pending.values()]) if (one.seq !== null && one.seq <= this.seq) this.forget(one, changed)
  }
}
