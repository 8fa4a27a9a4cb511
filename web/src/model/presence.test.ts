import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { ApiError } from '../api/problem'
import { type Session, VISITOR } from '../api/session'
import { type Door, Presence } from './presence'

const START = Date.parse('2026-01-05T10:00:00Z')
const nobody = () => new ApiError('unauthenticated', 'Sign in first.', 401, null)
const session = (personId: string, minutes = 15): Session => ({
  state: 'signed_in',
  kind: 'session',
  viewer: { person_id: personId, user_name: personId, name: personId, is_admin: false, organisation_role: null },
  csrf_token: 'c',
  expires_at: new Date(Date.now() + minutes * 60_000).toISOString(),
  duties: [], provider: null,
})

let found: (() => Session) | null
let said: string[]
let presence: Presence

beforeEach(() => {
  vi.useFakeTimers({ now: START })
  said = []
  found = () => session('ada')
  let shown: string | null = null
  const door: Door = {
    look: () => (found === null ? Promise.reject(nobody()) : Promise.resolve(found())),
    isSomebodyElse: (one) => shown !== null && shown !== one.viewer.person_id,
    leave: () => said.push('leave'),
    reload: () => said.push('reload'),
    resume: () => said.push('resume'),
    entered: (one) => {
      shown ??= one.viewer.person_id
    },
  }
  presence = new Presence(door)
})
afterEach(() => {
  presence.rest()
  vi.useRealTimers()
})

test('without a session the page is left for the sign-in page', async () => {
  found = null
  await presence.look()
  expect(said).toEqual(['leave'])
  expect(presence.state.get()).toMatchObject({ session: null, away: false })
})

test('a session that ended keeps the page and asks for the same person', async () => {
  await presence.look()
  found = null
  await presence.look(true)
  expect(presence.state.get().away).toBe(true)
  expect(presence.state.get().session?.viewer.person_id).toBe('ada')
  expect(said).toEqual([])
  presence.returned(session('ada'))
  expect(presence.state.get().away).toBe(false)
  expect(said).toEqual(['resume'])
})

test('a visitor is taken to the sign-in page when nothing is public any more', async () => {
  found = () => VISITOR
  await presence.look()
  expect(presence.state.get().session).toBe(VISITOR)
  found = null
  await presence.look(true)
  expect(said).toEqual(['leave'])
  expect(presence.state.get()).toMatchObject({ session: null, away: false })
})

test('a visitor who signs in gets a page that holds nothing of the visit', async () => {
  found = () => VISITOR
  await presence.look()
  found = () => session('ada')
  await presence.look()
  expect(said).toEqual(['reload'])
})

test('somebody else never gets the page of the one before', async () => {
  await presence.look()
  found = null
  await presence.look(true)
  presence.returned(session('eve'))
  expect(said).toEqual(['reload'])
  expect(presence.state.get()).toMatchObject({ away: true })
})

test('a request that failed for another reason than the end of the session goes on', async () => {
  await presence.look()
  await presence.look(true)
  expect(presence.state.get().away).toBe(false)
  expect(said).toEqual(['resume'])
})

test('nobody has to touch a page whose session ends', async () => {
  await presence.look()
  found = null
  await vi.advanceTimersByTimeAsync(14 * 60_000)
  expect(presence.state.get().away).toBe(false)
  await vi.advanceTimersByTimeAsync(61_000 + 2000)
  expect(presence.state.get().away).toBe(true)
})

test('a session that was prolonged meanwhile is watched until its new end', async () => {
  await presence.look()
  await vi.advanceTimersByTimeAsync(15 * 60_000 + 3000)
  expect(presence.state.get().away).toBe(false)
  found = null
  await vi.advanceTimersByTimeAsync(15 * 60_000 + 3000)
  expect(presence.state.get().away).toBe(true)
})

test('what else goes wrong on the first look is said', async () => {
  found = () => {
    throw new ApiError('unreachable', '', 0, null)
  }
  await presence.look()
  expect(presence.state.get().error).toBeInstanceOf(ApiError)
  found = () => session('ada')
  await presence.look()
  expect(presence.state.get()).toMatchObject({ error: null })
})
