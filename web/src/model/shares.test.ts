import { expect, test } from 'vitest'

import type { Share } from '../api/shares'
import { FRESH, bodyOf, dayOf, draftOf, expiryOf, inOrder, newPassword, originsOf, patchOf, problemOf } from './shares'

const NOW = new Date(2026, 10, 5, 12, 0, 0)
const TARGET = { kind: 'slide', id: 's1', name: 'A1' } as const

test('a link ends so many days from now, or with the day that somebody chose', () => {
  expect(expiryOf({ until: '1', date: '' }, NOW)).toBe(new Date(2026, 10, 6, 12).toISOString())
  expect(expiryOf({ until: '30', date: '' }, NOW)).toBe(new Date(NOW.getTime() + 30 * 86_400_000).toISOString())
  expect(expiryOf({ until: 'date', date: '2026-11-12' }, NOW)).toBe(new Date(2026, 10, 12, 23, 59, 59).toISOString())
  expect(expiryOf({ until: 'keep', date: '2026-11-12' }, NOW)).toBeNull()
})

test('no link lives longer than a year', () => {
  const longest = new Date(NOW.getTime() + 365 * 86_400_000)
  expect(expiryOf({ until: 'date', date: dayOf(longest) }, NOW)).toBe(longest.toISOString())
  expect(problemOf({ ...FRESH, until: 'date', date: '2028-01-01' }, false, NOW)).toBe('date')
})

test('what cannot be sent is said', () => {
  expect(problemOf(FRESH, false, NOW)).toBeNull()
  expect(problemOf({ ...FRESH, until: 'date', date: '2026-11-04' }, false, NOW)).toBe('date')
  expect(problemOf({ ...FRESH, until: 'date', date: '' }, false, NOW)).toBe('date')
  expect(problemOf({ ...FRESH, protect: true }, false, NOW)).toBe('password')
  expect(problemOf({ ...FRESH, protect: true, password: 'seven77' }, true, NOW)).toBe('password')
  expect(problemOf({ ...FRESH, protect: true }, true, NOW)).toBeNull()
  for (const opens of ['0', '-1', '1.5', 'x']) expect(problemOf({ ...FRESH, maximumOpens: opens }, false, NOW)).toBe('opens')
})

test('a new link says what was filled in, and where the sender was', () => {
  const start = { slideId: 's1', view: 'x=1&y=2', order: ['s2', 's1'] }
  const body = bodyOf({ ...FRESH, recipient: ' Dr Y ', maximumOpens: '3', protect: true, password: 'eight signs' }, TARGET, start, NOW)
  expect(body).toMatchObject({ kind: 'slide', object_id: 's1', recipient: 'Dr Y', maximum_opens: 3, password: 'eight signs', identity: false })
  expect(body.start).toEqual({ slide_id: 's1', view: 'x=1&y=2', slide_ids_order: ['s2', 's1'] })
  expect(bodyOf(FRESH, TARGET, null, NOW)).not.toHaveProperty('password')
})

test('a change keeps a password that nobody touched and takes away one that is no longer wanted', () => {
  const share = { recipient: '', note: '', may: 'look', has_password: true, expires_at: NOW.toISOString(), maximum_opens: null, origins: ['https://a.example'] } as unknown as Share
  const draft = draftOf(share)
  expect(patchOf(draft, NOW)).not.toHaveProperty('password')
  expect(patchOf(draft, NOW)).not.toHaveProperty('expires_at')
  expect(patchOf({ ...draft, password: 'new' }, NOW)).toMatchObject({ password: 'new' })
  expect(patchOf({ ...draft, protect: false }, NOW)).toMatchObject({ password: null, maximum_opens: null })
})

test('origins come one a line or with commas, each once', () => {
  expect(originsOf(' https://a.example, https://b.example\nhttps://a.example ')).toEqual(['https://a.example', 'https://b.example'])
  expect(originsOf('')).toEqual([])
})

test('a made password is long, and of signs that nobody takes for others', () => {
  expect(newPassword()).toMatch(/^([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$/)
  expect(newPassword()).not.toBe(newPassword())
})

test('slides lie in the order of the sender, those that they did not see behind', () => {
  const slides = ['a', 'b', 'c', 'd'].map((slide_id) => ({ slide_id }))
  expect(inOrder(slides, ['c', 'a']).map((one) => one.slide_id)).toEqual(['c', 'a', 'b', 'd'])
  expect(inOrder(slides, null)).toBe(slides)
})
