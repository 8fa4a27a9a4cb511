import { expect, test } from 'vitest'

import type { SlidePatch, SlideSummary } from '../../api/slides'
import { Notices } from '../notices'
import { type EditApi, Edits } from './edits'
import { CaseList, SlideList } from './slideList'

/** A catalogue in memory that answers like the server, so that an undo can be compared with what was there. */
class Server {
  slides: SlideSummary[]
  trashed = new Set<string>()
  refuse = false
  calls = 0

  constructor(count: number) {
    this.slides = Array.from({ length: count }, (_, at) => ({
      ...({ slide_id: `s${at}`, name: `slide ${at}`, project_id: 'p1', part: null, label_text: null } as SlideSummary),
      ...{ case_id: at % 2 ? 'c1' : null, case_name: null, block: null, stain: at % 2 ? 'HER2' : null },
      ...{ stain_kind: null, tags: [], rating: null, fields: {} },
    }))
  }

  here = (): SlideSummary[] => this.slides.filter((slide) => !this.trashed.has(slide.slide_id))

  private change(ids: readonly string[], how: (slide: SlideSummary) => SlideSummary): Promise<void> {
    this.calls += 1
    if (this.refuse) return Promise.reject(new Error('refused'))
    if (ids.length > 1000) return Promise.reject(new Error('too many at once'))
    const wanted = new Set(ids)
    this.slides = this.slides.map((slide) => (wanted.has(slide.slide_id) ? how(slide) : slide))
    return Promise.resolve()
  }

  api: EditApi = {
    changeSlides: (ids, patch: SlidePatch) => this.change(ids, (slide) => ({ ...slide, ...patch }) as SlideSummary),
    moveSlides: (ids, projectId, caseId) =>
      this.change(ids, (slide) => ({ ...slide, project_id: projectId, case_id: caseId })),
    copySlides: (ids) => {
      const made = ids.map((id) => ({ ...(this.slides.find((one) => one.slide_id === id) as SlideSummary), slide_id: `${id}+` }))
      this.slides = [...this.slides, ...made]
      return Promise.resolve(made.map((slide) => slide.slide_id))
    },
    trashSlides: (ids) => {
      for (const id of ids) this.trashed.add(id)
      return Promise.resolve()
    },
    restoreSlides: (ids) => {
      for (const id of ids) this.trashed.delete(id)
      return Promise.resolve()
    },
    createCase: () => Promise.reject(new Error('not here')),
    changeCase: () => Promise.resolve(),
    trashCase: () => Promise.resolve(),
    restoreCase: () => Promise.resolve(),
  }
}

async function opened(count: number): Promise<{ server: Server; list: SlideList; edits: Edits }> {
  const server = new Server(count)
  const list = new SlideList((_, { limit }) => {
    const items = server.here().slice(0, limit)
    return Promise.resolve({ items, total: items.length, next_cursor: null, states: [], formats: [], stains: [], tags: [] })
  })
  const cases = new CaseList(() => Promise.resolve({ items: [], total: 0, next_cursor: null }))
  list.show({})
  await new Promise((resolve) => setTimeout(resolve, 0))
  const notices = new Notices({ undone: (text) => text, nothing: '' })
  return { server, list, edits: new Edits(list, cases, notices, server.api, () => undefined) }
}

test.each<[string, (edits: Edits, slides: readonly SlideSummary[]) => Promise<void>, string]>([
  ['values', (edits, slides) => edits.patch(slides, { stain: 'H&E' }, 'Stain'), 'Stain of 4 slides changed'],
  ['a tag', (edits, slides) => edits.tag(slides, 'x', true), 'Tags of 4 slides changed'],
  [
    'a move',
    (edits, slides) => edits.move(slides, { projectId: 'p2', caseId: 'c9', name: 'S24-9' }),
    '4 slides moved to S24-9',
  ],
  ['the trash', (edits, slides) => edits.trash(slides), '4 slides moved to the trash'],
])('%s can be taken back, each slide to what it was', async (_, act, said) => {
  const { server, list, edits } = await opened(4)
  const before = structuredClone(server.here())
  await act(edits, list.state.get().items)
  expect(edits.notices.state.get().notice).toMatchObject({ text: said, undoable: true })
  expect(server.here()).not.toEqual(before)
  await edits.notices.undo()
  expect(server.here()).toEqual(before)
  expect(list.state.get().items).toEqual(before)
})

test('a copy is taken back by trashing the new records only', async () => {
  const { server, list, edits } = await opened(2)
  await edits.copy(list.state.get().items, { projectId: 'p2', caseId: null, name: 'Teaching' })
  expect(server.here().length).toBe(4)
  await edits.notices.undo()
  expect(server.here().map((slide) => slide.slide_id)).toEqual(['s0', 's1'])
})

test('what the server refuses is shown as it was, and there is nothing to undo', async () => {
  const { server, list, edits } = await opened(2)
  const before = list.state.get().items
  server.refuse = true
  const edit = edits.patch(before, { stain: 'H&E' }, 'Stain')
  expect(list.state.get().items[0]?.stain).toBe('H&E')
  await expect(edit).rejects.toThrow('refused')
  expect(list.state.get().items).toEqual(before)
  expect(edits.notices.state.get()).toMatchObject({ depth: 0, notice: null })
})

test('a change is through while the lists are still being read again', async () => {
  const { server, list, edits } = await opened(2)
  list.refresh = () => new Promise(() => undefined)
  await edits.move(list.state.get().items, { projectId: 'p2', caseId: 'c9', name: 'S24-9' })
  expect(server.here().map((slide) => slide.case_id)).toEqual(['c9', 'c9'])
})

test('an edit of one slide is quiet', async () => {
  const { list, edits } = await opened(1)
  await edits.patch(list.state.get().items, { rating: 4 }, 'Rating')
  expect(edits.notices.state.get()).toMatchObject({ depth: 1, notice: null })
})

test('a tag that all slides carry already asks for nothing', async () => {
  const { server, list, edits } = await opened(2)
  await edits.tag(list.state.get().items, 'x', false)
  expect(server.calls).toBe(0)
})
