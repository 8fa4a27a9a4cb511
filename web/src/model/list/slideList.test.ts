import { expect, test } from 'vitest'

import type { SlideList as Page, SlideSelection, SlideSummary } from '../../api/slides'
import { SlideList } from './slideList'

interface Call {
  selection: SlideSelection
  limit: number
  cursor: string | undefined
  signal: AbortSignal
  answer: (page: Page) => Promise<void>
  fail: (error: Error) => Promise<void>
}

function slide(no: number): SlideSummary {
  return { slide_id: `s${no}`, no, name: `slide ${no}` } as SlideSummary
}

/** Slides first to last of a list of `total`. */
function page(first: number, last: number, total: number): Page {
  const items = Array.from({ length: last - first + 1 }, (_, at) => slide(first + at))
  return { items, next_cursor: last < total ? `after ${last}` : null, total, states: [], formats: [], stains: [], tags: [] }
}

/** A list whose requests wait until the test answers them. */
function listOnDemand(): { list: SlideList; calls: Call[] } {
  const calls: Call[] = []
  const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0))
  const list = new SlideList((selection, { limit, cursor }, signal) => {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
      const answer = (found: Page) => (resolve(found), settled())
      const fail = (error: Error) => (reject(error), settled())
      calls.push({ selection, limit, cursor, signal, answer, fail })
    })
  })
  return { list, calls }
}

function last(calls: Call[]): Call {
  const call = calls.at(-1)
  if (call === undefined) throw new Error('nothing was asked')
  return call
}

test('pages follow each other only as far as somebody looks', async () => {
  const { list, calls } = listOnDemand()
  list.show({ sort: 'name' })
  expect(list.state.get()).toMatchObject({ pending: true, known: false })
  await last(calls).answer(page(1, 100, 900))
  expect(list.state.get()).toMatchObject({ pending: false, known: true, total: 900 })
  list.reach(50)
  expect(calls.length).toBe(1)
  list.reach(650)
  expect(last(calls)).toMatchObject({ limit: 500, cursor: 'after 100' })
  await last(calls).answer(page(101, 600, 900))
  expect(last(calls).cursor).toBe('after 600') // 650 is still not read
  await last(calls).answer(page(601, 900, 900))
  expect(list.state.get().items.map((item) => item.no)).toEqual(Array.from({ length: 900 }, (_, at) => at + 1))
  list.reach(10_000)
  expect(calls.length).toBe(3)
})

test('a new selection aborts the former one, and its late answer changes nothing', async () => {
  const { list, calls } = listOnDemand()
  list.show({ q: 'a' })
  const first = last(calls)
  list.show({ q: 'ab' })
  expect(first.signal.aborted).toBe(true)
  await first.answer(page(1, 5, 5))
  expect(list.state.get().pending).toBe(true)
  await last(calls).answer(page(7, 7, 1))
  expect(list.state.get().items.map((item) => item.no)).toEqual([7])
})

test('the former list stays on screen until the next one is there', async () => {
  const { list, calls } = listOnDemand()
  list.show({ q: 'a' })
  await last(calls).answer(page(1, 5, 5))
  list.show({ q: 'ab' })
  expect(list.state.get()).toMatchObject({ pending: true, known: true, total: 5 })
})

test('an error says where it happened and is tried again there', async () => {
  const { list, calls } = listOnDemand()
  list.show({})
  await last(calls).fail(new Error('no network'))
  expect(list.state.get()).toMatchObject({ pending: true, error: new Error('no network') })
  list.retry()
  expect(list.state.get().error).toBeNull()
  await last(calls).answer(page(1, 100, 300))
  list.reach(150)
  await last(calls).fail(new Error('again'))
  expect(list.state.get().items.length).toBe(100)
  list.retry()
  expect(last(calls)).toMatchObject({ cursor: 'after 100' })
})

test('a refresh brings new slides in place and keeps what lies behind', async () => {
  const { list, calls } = listOnDemand()
  list.show({})
  await last(calls).answer(page(1, 100, 800))
  list.reach(400)
  await last(calls).answer(page(101, 600, 800))
  const refreshed = list.refresh()
  expect(last(calls)).toMatchObject({ limit: 500, cursor: undefined })
  const fresh = page(1, 499, 801)
  await last(calls).answer({ ...fresh, items: [slide(1000), ...fresh.items] })
  await refreshed
  const { items, total } = list.state.get()
  expect(total).toBe(801)
  expect(items[0]?.no).toBe(1000)
  expect(new Set(items.map((item) => item.slide_id)).size).toBe(items.length)
  expect(items.at(-1)?.no).toBe(600)
})

test('showing the same selection again asks once more without emptying the list', async () => {
  const { list, calls } = listOnDemand()
  list.show({ q: 'x' })
  await last(calls).answer(page(1, 3, 3))
  list.show({ q: 'x' })
  expect(list.state.get()).toMatchObject({ pending: false })
  await last(calls).answer(page(1, 4, 4))
  expect(list.state.get().items.length).toBe(4)
})

test('an edit shows in place at once, and the other slides are the same objects', async () => {
  const { list, calls } = listOnDemand()
  list.show({})
  await last(calls).answer(page(1, 3, 3))
  const before = list.state.get().items
  list.amend((item) => (item.no === 2 ? { ...item, stain: 'HER2' } : item))
  const after = list.state.get().items
  expect(after.map((item) => item.stain)).toEqual([undefined, 'HER2', undefined])
  expect(after[0]).toBe(before[0])
  list.amend((item) => item)
  expect(list.state.get().items).toBe(after)
})

test('who asks again while an answer is on its way gets one from after that', async () => {
  const { list, calls } = listOnDemand()
  list.show({})
  const first = last(calls)
  void list.refresh() // while the first page is on its way
  await first.answer(page(1, 3, 3))
  expect(calls.length).toBe(2)
  const refreshed = list.refresh()
  await last(calls).answer(page(1, 4, 4))
  expect(calls.length).toBe(3)
  await last(calls).answer(page(1, 5, 5))
  await refreshed
  expect(list.state.get().items.length).toBe(5)
  expect(calls.length).toBe(3)
})

test('an answer from before an edit does not take it back', async () => {
  const { list, calls } = listOnDemand()
  list.show({})
  await last(calls).answer(page(1, 3, 3))
  void list.refresh()
  list.amend((item) => ({ ...item, rating: 4 }))
  await last(calls).answer(page(1, 3, 3))
  expect(list.state.get().items.map((item) => item.rating)).toEqual([4, 4, 4])
  expect(calls.length).toBe(3) // and the list is read once more
})
