import { describe, expect, it } from 'vitest'

import { AnnotationDocument } from './document'
import { newId } from './ids'
import type { Entry, Job, Op, Snapshot } from './types'

const ME = { id: 'me', name: 'Me' }
const EMPTY: Snapshot = { annotations: [], comments: [], layers: [], seq: 0 }

function opened(snapshot: Snapshot = EMPTY): { document: AnnotationDocument; jobs: Job[]; acknowledge: () => void; ops: () => Op[] } {
  const jobs: Job[] = []
  const document = new AnnotationDocument('slide', ME, { send: (more) => jobs.push(...more), now: () => 1_790_000_000_000 })
  document.load(snapshot)
  let done = 0
  let seq = snapshot.seq
  const acknowledge = (): void => {
    for (const job of jobs.slice(done)) {
      seq += 1
      document.receive([entryOf(job, seq, document)], seq)
    }
    done = jobs.length
  }
  return { document, jobs, acknowledge, ops: () => jobs.flatMap((job) => (job.kind === 'op' ? [job.op] : [])) }
}

function entryOf(job: Job, seq: number, document: AnnotationDocument, author = ME): Entry {
  const common = { seq, author_id: author.id, author_name: author.name, at: job.at, variant_of: null }
  if (job.kind === 'layer') {
    const { layer_id, ...patch } = job.layer
    return { ...common, op_id: layer_id, entity: 'layer', target: layer_id, kind: 'create', base_rev: 0, rev: 1, patch, before: {} }
  }
  const { op_id, entity, target, kind, base_rev, patch } = job.op
  const rev = (document.get(target)?.rev ?? 0) + 1
  return { ...common, op_id, entity, target, kind, base_rev, rev, patch, before: {} }
}

const point = (x: number) => ({ kind: 'point', at: [x, 0] }) as const

describe('drawing', () => {
  it('shows at once, makes the first layer, and hands both over in order', () => {
    const { document, jobs } = opened()
    document.setActiveClass('tumour')
    const [id = ''] = document.create([{ geometry: { kind: 'point', at: [1.0001, 2] } }])
    const { annotations, layers, activeLayer, canUndo } = document.state.get()
    expect(annotations.get(id)).toMatchObject({ geometry: { at: [1, 2] }, class_id: 'tumour', author_id: 'me', layer_id: activeLayer })
    expect([...layers.values()].map(({ name }) => name)).toEqual(['Annotations'])
    expect(jobs.map(({ kind }) => kind)).toEqual(['layer', 'op'])
    expect(canUndo).toBe(true)
    document.create([{ geometry: point(5) }])
    expect(jobs.map(({ kind }) => kind)).toEqual(['layer', 'op', 'op'])
  })

  it('draws thousands at once in good time, and finds them', () => {
    const { document } = opened()
    const began = performance.now()
    document.create(Array.from({ length: 5000 }, (_, i) => ({ geometry: point(i) })))
    expect(performance.now() - began).toBeLessThan(3000)
    expect(document.within({ minX: 9.5, minY: -1, maxX: 12.5, maxY: 1 }).map(({ geometry }) => geometry)).toEqual([point(10), point(11), point(12)])
  })

  it('keeps the objects that did not change', () => {
    const { document } = opened()
    const [a = '', b = ''] = document.create([{ geometry: point(1) }, { geometry: point(2) }])
    const before = document.state.get().annotations
    document.change(a, { name: 'new' })
    const after = document.state.get().annotations
    expect(after).not.toBe(before)
    expect(after.get(b)).toBe(before.get(b))
  })

  it('drops what was deleted from the selection, and gives it back from the trash', () => {
    const { document } = opened()
    const [a = '', b = ''] = document.create([{ geometry: point(1) }, { geometry: point(2) }])
    document.select([a, b])
    document.select([b], 'toggle')
    expect([...document.state.get().selection]).toEqual([a])
    document.remove([a])
    expect(document.state.get().selection.size).toBe(0)
    expect(document.trash().map(({ annotation_id: id }) => id)).toEqual([a])
    document.restore([a])
    expect(document.state.get().annotations.has(a)).toBe(true)
  })
})

describe('undo and redo', () => {
  it('takes back step by step, before and after the server has it', () => {
    const { document, acknowledge } = opened()
    const [id = ''] = document.create([{ geometry: point(1) }])
    document.change(id, { geometry: point(2) })
    acknowledge()
    document.change(id, { geometry: point(3) })
    document.undo()
    expect(document.get(id)?.geometry).toEqual(point(2))
    acknowledge()
    document.undo()
    expect(document.get(id)?.geometry).toEqual(point(1))
    document.undo()
    expect(document.state.get().annotations.has(id)).toBe(false)
    expect(document.state.get().canUndo).toBe(false)
    document.redo()
    document.redo()
    document.redo()
    expect(document.get(id)).toMatchObject({ geometry: point(3), deleted: false })
    expect(document.state.get().canRedo).toBe(false)
    acknowledge()
    document.undo()
    expect(document.get(id)?.geometry).toEqual(point(2))
  })

  it('is one step for what was done together, and ends redo with new work', () => {
    const { document } = opened()
    const [a = ''] = document.create([{ geometry: point(1) }])
    document.together(() => {
      document.create([{ geometry: point(2) }, { geometry: point(3) }])
      document.remove([a])
    })
    expect(document.state.get().annotations.size).toBe(2)
    document.undo()
    expect([...document.state.get().annotations.keys()]).toEqual([a])
    document.change(a, { name: 'x' })
    expect(document.state.get().canRedo).toBe(false)
  })

  it("leaves another's later change alone and says so", () => {
    const { document, acknowledge, jobs } = opened()
    const [id = ''] = document.create([{ geometry: point(1) }])
    acknowledge()
    document.change(id, { name: 'mine', class_id: 'c' })
    acknowledge()
    const seq = document.seq + 1
    const theirs: Entry = {
      seq,
      op_id: newId(),
      entity: 'annotation',
      target: id,
      kind: 'change',
      author_id: 'you',
      author_name: 'You',
      at: '2026-01-01T00:00:00Z',
      base_rev: 2,
      rev: 3,
      patch: { name: 'theirs' },
      before: { name: 'mine' },
      variant_of: null,
    }
    document.receive([theirs], seq)
    const sent = jobs.length
    document.undo()
    expect(jobs).toHaveLength(sent)
    expect(document.get(id)?.name).toBe('theirs')
    expect(document.state.get().told.map(({ kind }) => kind)).toEqual(['undo_conflict'])
    const [told] = document.state.get().told
    if (told !== undefined) document.forget(told)
    expect(document.state.get().told).toEqual([])
  })

  it('names the last entry of mine about the same keys, so that the server can see what came between', () => {
    const { document, acknowledge, ops } = opened()
    const [id = ''] = document.create([{ geometry: point(1) }])
    document.change(id, { geometry: point(2) })
    document.change(id, { geometry: point(3) })
    acknowledge() // layer 1, create 2, changes 3 and 4
    document.undo()
    expect(ops().at(-1)?.undo_of).toBe(4)
    acknowledge()
    document.undo()
    // Not 3: the undo before it wrote the outline last.
    expect(ops().at(-1)?.undo_of).toBe(5)
  })

  it('tells the one whose value was written over unseen', () => {
    const { document, acknowledge } = opened()
    const [id = ''] = document.create([{ geometry: point(1) }])
    acknowledge()
    document.change(id, { name: 'mine' })
    acknowledge()
    const entry = { op_id: newId(), entity: 'annotation', target: id, kind: 'change', author_id: 'you', author_name: 'You', at: '2026-01-01T00:00:00Z' } as const
    const seq = document.seq + 1
    document.receive([{ ...entry, seq, base_rev: 1, rev: 3, patch: { name: 'theirs' }, before: { name: 'mine' }, variant_of: null }], seq)
    expect(document.state.get().told).toMatchObject([{ kind: 'lost', keys: ['name'], by: 'You' }])
  })
})

describe('what the server will not have', () => {
  it('goes from the picture and from undo, and the person is told', () => {
    const { document, ops } = opened()
    const [id = ''] = document.create([{ geometry: point(1) }])
    const [op] = ops()
    if (op === undefined) throw new Error('nothing was sent')
    const result = { op_id: op.op_id, outcome: 'refused', seq: null, rev: null, lost: [], variant_id: null, code: 'forbidden', detail: 'No.' } as const
    document.settle([result], new Map([[op.op_id, op]]))
    expect(document.state.get().annotations.has(id)).toBe(false)
    expect(document.state.get().told).toMatchObject([{ kind: 'refused', code: 'forbidden', detail: 'No.' }])
    expect(document.state.get().canUndo).toBe(false)
  })
})

describe('comments and times', () => {
  it('holds threads that come and go with their annotation', () => {
    const { document, acknowledge } = opened()
    const [id = ''] = document.create([{ geometry: point(1) }])
    const first = document.comment({ kind: 'annotation', annotation_id: id }, 'Look', { mentions: ['you'] })
    const reply = document.comment({ kind: 'annotation', annotation_id: id }, 'Yes', { thread: first })
    acknowledge()
    document.resolve(first)
    expect(document.state.get().comments.get(reply)).toMatchObject({ thread_id: first, text: 'Yes' })
    expect(document.state.get().comments.get(first)).toMatchObject({ resolved_by: 'me', mentions: ['you'] })
    document.remove([id])
    expect(document.state.get().comments.size).toBe(0)
    document.undo()
    expect(document.state.get().comments.size).toBe(2)
  })

  it('shows a moment of the past, in which nothing can be changed', async () => {
    const first = opened()
    const [id = ''] = first.document.create([{ geometry: point(1) }])
    const { annotations, layers } = first.document.state.get()
    const then: Snapshot = { annotations: [...annotations.values()], comments: [], layers: [...layers.values()], seq: 2 }
    const document = new AnnotationDocument('slide', ME, { past: () => Promise.resolve(then) })
    document.load({ ...EMPTY, layers: then.layers, seq: 9 })
    await document.showAt({ seq: 2, time: '2026-01-01T00:00:00Z' })
    expect([...document.state.get().annotations.keys()]).toEqual([id])
    expect(document.create([{ geometry: point(2) }])).toEqual([])
    document.remove([id])
    await document.showAt(null)
    expect(document.state.get().annotations.size).toBe(0)
    expect(document.state.get().at).toBeNull()
  })

  it('lets change what is mine, or all with the right to edit all', () => {
    const { document } = opened()
    const [id = ''] = document.create([{ geometry: point(1) }])
    const mine = document.get(id)
    if (mine === undefined) throw new Error('not drawn')
    expect(document.mayChange(mine)).toBe(false)
    document.setRights(['view', 'annotate'])
    expect(document.mayChange(mine)).toBe(true)
    expect(document.mayChange({ ...mine, author_id: 'you' })).toBe(false)
    document.setRights(['view', 'annotate', 'edit'])
    expect(document.mayChange({ ...mine, author_id: 'you' })).toBe(true)
    expect(document.mayChange({ ...mine, locked: true })).toBe(false)
  })
})

describe('ids', () => {
  it('are UUIDs of version 7 that sort as they were made', () => {
    const made = Array.from({ length: 1000 }, () => newId())
    expect(made.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true)
    expect([...made].sort()).toEqual(made)
    expect(new Set(made).size).toBe(1000)
  })
})
