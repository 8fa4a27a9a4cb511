import { expect, test, vi } from 'vitest'

import type { AuditRecord } from '../api/audit'
import { AuditList, auditPath, fromLocalInput, parseAuditQuery, toLocalInput } from './audit'

test('what the address says comes back as the same address', () => {
  const address = '?who=Jane&what=view&object=S24-1&since=2026-11-01T08%3A00%3A00.000Z&outcome=denied&show=people'
  const query = parseAuditQuery(address)
  expect(query).toEqual({
    selection: { who: 'Jane', what: 'view', object: 'S24-1', since: '2026-11-01T08:00:00.000Z', outcome: 'denied' },
    section: 'people',
  })
  expect(parseAuditQuery(auditPath(query).slice('/audit'.length))).toEqual(query)
})

test('what an address says wrongly does not matter', () => {
  const nothing = { selection: {}, section: 'records' }
  for (const search of ['', '?what=everything', '?outcome=maybe', '?since=yesterday', '?who=+', '?show=people']) {
    expect(parseAuditQuery(search)).toEqual(nothing)
  }
  expect(auditPath({ selection: {}, section: 'records' })).toBe('/audit')
})

test('a moment is entered and shown in the reader’s own time', () => {
  const moment = fromLocalInput('2026-03-29T14:30')
  expect(moment).toBe(new Date('2026-03-29T14:30').toISOString())
  expect(toLocalInput(moment)).toBe('2026-03-29T14:30')
  expect(fromLocalInput('')).toBeUndefined()
  expect(fromLocalInput('soon')).toBeUndefined()
  expect(toLocalInput(undefined)).toBe('')
})

test('the list leaves room for one more row as long as there is more to read', async () => {
  const record = (no: number): AuditRecord => ({ no }) as AuditRecord
  const pages: Record<string, { items: AuditRecord[]; next_cursor: string | null }> = {
    '': { items: [record(9), record(8)], next_cursor: '8' },
    '8': { items: [record(7)], next_cursor: null },
  }
  const fetch = vi.fn((_: unknown, page: { cursor?: string }) => Promise.resolve(pages[page.cursor ?? ''] ?? { items: [], next_cursor: null }))
  const list = new AuditList(fetch)
  list.show({})
  await vi.waitFor(() => expect(list.state.get().known).toBe(true))
  expect(list.state.get().total).toBe(3)
  list.reach(2)
  await vi.waitFor(() => expect(list.state.get().items).toHaveLength(3))
  expect(list.state.get().total).toBe(3)
})
