/** How an annotation document works: changes are remembered, shown at once, handed over to be sent, and reconciled. */
import { t } from '../../i18n'
import { Store } from '../store'
import { newId } from './ids'
import { Ledger, type Touched, touched } from './ledger'
import { flattened } from './ops'
import { roundGeometry } from './shapes'
import { Shown } from './shown'
import { DEFAULT_STATE, type DocumentPorts, type DocumentState } from './state'
import { type Item, itemOf, Steps } from './steps'
import type { Author, ClassList, Conflict, Draft, Entry, Geometry, Job, Layer, Op, OpKind, OpResult, Patch, SaveState, Snapshot, Told } from './types'

type Way = 'new' | 'undo' | 'redo'

export class WorkingDocument {
  readonly state = new Store<DocumentState>(DEFAULT_STATE)
  protected readonly ledger: Ledger
  protected readonly shown: Shown
  private readonly steps = new Steps()
  /** Work of one call, which is one step of undo and leaves together. */
  private depth = 0
  private way: Way = 'new'
  private jobs: Job[] = []
  private items: Item[] = []
  private changed = touched()

  constructor(
    readonly slideId: string,
    protected author: Author,
    protected readonly ports: DocumentPorts = {},
  ) {
    this.ledger = new Ledger(author)
    this.shown = new Shown(this.ledger)
  }

  /** The past cannot be changed. */
  protected get writable(): boolean {
    return this.state.get().at === null
  }

  /** Several calls as one step of undo (split, merge, cut). */
  together<T>(work: () => T): T {
    this.depth += 1
    try {
      return work()
    } finally {
      this.depth -= 1
      if (this.depth === 0) this.leave()
    }
  }

  get me(): Author {
    return this.author
  }

  /** The server has said who this is, or a guest has said their name. */
  signAs(author: Author): void {
    this.author = author
    this.ledger.signAs(author)
    this.show()
  }

  load(snapshot: Snapshot): void {
    this.ledger.load(snapshot)
    this.shown.all()
    this.state.set({ loaded: true })
    this.show()
  }

  loadClasses({ classes }: ClassList): void {
    this.state.set({ classes: new Map(classes.map((one) => [one.class_id, one])) })
  }

  /** Take entries of the journal. True when the snapshot has to be read again to know everything. */
  receive(entries: readonly Entry[], seq: number, mine: (entry: Entry) => boolean = ({ op_id: id }) => this.ledger.has(id)): boolean {
    const own = new Set(entries.filter(mine).map((entry) => entry.op_id))
    const { touched, fresh } = this.ledger.receive(entries, seq)
    for (const entry of fresh) {
      if (entry.entity !== 'annotation') continue
      if (own.has(entry.op_id)) this.steps.confirmed(entry)
      else {
        const keys = this.steps.lostTo(entry, this.author.id)
        if (keys.length > 0) this.tell({ kind: 'lost', notice_id: entry.op_id, target: entry.target, keys, by: entry.author_name })
      }
    }
    this.update(touched)
    return this.ledger.stale
  }

  /** Operations of this person that were made earlier or in another tab: shown, not sent again. */
  adopt(jobs: readonly Job[]): void {
    this.update(this.ledger.add(jobs))
  }

  settle(results: readonly OpResult[], ops: ReadonlyMap<string, Op> = new Map()): void {
    const refused = new Set<string>()
    for (const result of results) {
      if (result.outcome === 'kept_as_variant') this.steps.keptBeside(result)
      if (result.outcome !== 'refused') continue
      refused.add(result.op_id)
      const op = ops.get(result.op_id)
      if (op === undefined) continue
      const [notice_id, target, detail] = [result.op_id, op.target, result.detail ?? '']
      const code = result.code ?? 'refused'
      this.tell(code === 'undo_conflict' ? { kind: code, notice_id, target, detail } : { kind: 'refused', notice_id, target, op, code, detail })
    }
    this.steps.refused(refused)
    this.update(this.ledger.settle(results))
  }

  dropLayer(layerId: string): void {
    this.update(this.ledger.dropLayer(layerId))
  }

  setSaving(saving: SaveState): void {
    this.state.set({ saving })
  }

  setRights(rights: readonly string[] | null): void {
    this.state.set({ rights })
  }

  get seq(): number {
    return this.ledger.seq
  }

  /** A number that the server has named and whose entries have not come yet. */
  get awaited(): number | null {
    return this.ledger.awaited
  }

  protected write(target: string, kind: OpKind, patch: Patch, undoOf: number | null = null): void {
    const op = this.op('annotation', target, kind, patch, undoOf)
    this.items.push(itemOf(op, this.ledger.annotation(target)))
    this.enqueue({ kind: 'op', op, at: this.now() })
  }

  protected say(target: string, kind: OpKind, patch: Patch): void {
    this.together(() => this.enqueue({ kind: 'op', op: this.op('comment', target, kind, patch, null), at: this.now() }))
  }

  private op(entity: Op['entity'], target: string, kind: OpKind, patch: Patch, undoOf: number | null): Op {
    const base_rev = kind === 'create' ? 0 : this.ledger.revOf(target)
    return { op_id: newId(), entity, target, kind, base_rev, patch, ...(undoOf === null ? {} : { undo_of: undoOf }) }
  }

  private enqueue(job: Job): void {
    this.jobs.push(job)
    const { annotations, comments, layers } = this.ledger.add([job])
    // What is shown is made once for the whole call; only layers are asked about within it.
    for (const id of annotations) this.changed.annotations.add(id)
    for (const id of comments) this.changed.comments.add(id)
    if (layers) this.shown.update({ ...touched(), layers })
  }

  /** The end of a call: remember the step, show it, hand it over to be kept and sent. */
  private leave(): void {
    const { jobs, items, changed } = this
    this.jobs = []
    this.items = []
    this.changed = touched()
    this.shown.update(changed)
    this.steps.did(items, this.way)
    if (jobs.length > 0) this.ports.send?.(jobs)
    this.show()
  }

  protected takeBack(way: 'undo' | 'redo'): void {
    const step = this.writable ? this.steps.take(way) : undefined
    if (step === undefined) return
    this.way = way
    try {
      this.together(() => {
        for (const item of [...step].reverse()) {
          const back = this.steps.reversal(item, this.ledger.annotation(item.target))
          if (back === null) this.tell({ kind: 'undo_conflict', notice_id: newId(), target: item.target, detail: t('annotated.undoConflict') })
          else this.write(back.target, back.kind, back.patch, back.undo_of)
        }
      })
    } finally {
      this.way = 'new'
    }
  }

  /** A draft with what the document knows: layer and class in use. */
  protected completed(draft: Draft): Patch {
    const layer_id = draft.layer_id ?? this.layerToDrawOn()
    const class_id = draft.class_id === undefined ? this.state.get().activeClass : draft.class_id
    const said = Object.entries(flattened(rounded({ ...draft, layer_id, class_id })))
    return Object.fromEntries(said.filter(([key, value]) => key !== 'annotation_id' && value !== undefined))
  }

  /** The layer in use, else the first that takes drawings; made when the slide has none. */
  private layerToDrawOn(): string {
    const takes = (layer: Layer | undefined): layer is Layer => layer?.kind === 'drawn' && !layer.locked
    const active = this.shown.layers.get(this.state.get().activeLayer ?? '')
    if (takes(active)) return active.layer_id
    const found = [...this.shown.layers.values()].find((layer) => takes(layer) && layer.visibility === 'project')
    const layer = found ?? this.firstLayer()
    if (found === undefined) this.enqueue({ kind: 'layer', layer, at: this.now() })
    this.state.set({ activeLayer: layer.layer_id })
    return layer.layer_id
  }

  private firstLayer(): Layer {
    const { id, name } = this.author
    return {
      layer_id: newId(),
      slide_id: this.slideId,
      name: t('annotated.firstLayer'),
      owner_id: id,
      owner_name: name,
      kind: 'drawn',
      visibility: 'project',
      locked: false,
      opacity: 1,
      order: 0,
      created_at: this.now(),
      rev: 0,
      deleted: false,
      object_count: null,
      info: {},
    }
  }

  private tell(told: Told): void {
    this.state.set({ told: [...this.state.get().told.filter((one) => one.notice_id !== told.notice_id), told] })
  }

  private update(touched: Touched): void {
    this.shown.update(touched)
    this.show()
  }

  private show(): void {
    if (this.depth > 0) return
    const { at, annotations, selection, conflicts } = this.state.get()
    const now = this.shown.annotations
    const gone = at === null && [...selection].some((id) => !now.has(id))
    const clash = this.shown.conflicts(this.author.id)
    this.state.set({
      annotations: at === null ? now : annotations,
      comments: this.shown.comments,
      layers: this.shown.layers,
      seq: this.ledger.seq,
      selection: gone ? new Set([...selection].filter((id) => now.has(id))) : selection,
      conflicts: sameConflicts(conflicts, clash) ? conflicts : clash,
      canUndo: this.steps.canUndo,
      canRedo: this.steps.canRedo,
    })
  }

  private now(): string {
    return new Date(this.ports.now?.() ?? Date.now()).toISOString()
  }
}

/** Geometry is kept to 1/256 of a pixel: what is shown at once is what will be durable. */
export function rounded<T extends { readonly geometry?: Geometry; readonly nucleus?: Geometry | null }>(patch: T): T {
  const { geometry, nucleus } = patch
  return {
    ...patch,
    ...(geometry === undefined ? {} : { geometry: roundGeometry(geometry) }),
    ...(nucleus === undefined || nucleus === null ? {} : { nucleus: roundGeometry(nucleus) }),
  }
}

function sameConflicts(a: readonly Conflict[], b: readonly Conflict[]): boolean {
  return a.length === b.length && a.every((one, i) => one.original === b[i]?.original && one.variant === b[i].variant)
}
