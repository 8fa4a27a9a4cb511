import { expect, test } from 'vitest'

import { ApiError } from '../api/problem'
import { type Session, VISITOR } from '../api/session'
import { type Doorstep, sessionOrVisit } from './visit'

const nobody = new ApiError('unauthenticated', 'Sign in first.', 401, null)
const ada: Session = { ...VISITOR, kind: 'session', viewer: { ...VISITOR.viewer, person_id: 'ada' } }

/** Nobody is signed in, and there is something public, unless said otherwise. */
function doorstep(other: Partial<Doorstep> = {}): Doorstep {
  return {
    session: () => Promise.reject(nobody),
    mayVisit: () => true,
    somethingPublic: () => Promise.resolve(true),
    ...other,
  }
}

test('whoever is signed in is no visitor, and nothing more is asked', async () => {
  const somethingPublic = (): Promise<boolean> => Promise.reject(new Error('asked'))
  expect(await sessionOrVisit(doorstep({ session: () => Promise.resolve(ada), somethingPublic }))).toBe(ada)
})

test('without a session one visits what is public', async () => {
  expect(await sessionOrVisit(doorstep())).toBe(VISITOR)
})

test('where nothing is public, one is refused as ever', async () => {
  await expect(sessionOrVisit(doorstep({ somethingPublic: () => Promise.resolve(false) }))).rejects.toBe(nobody)
})

test('whose session has ended does not become a visitor unawares', async () => {
  const somethingPublic = (): Promise<boolean> => Promise.reject(new Error('asked'))
  await expect(sessionOrVisit(doorstep({ mayVisit: () => false, somethingPublic }))).rejects.toBe(nobody)
})

test('a server that does not answer makes nobody a visitor', async () => {
  const broken = new ApiError('database_unavailable', 'Later.', 503, null)
  await expect(sessionOrVisit(doorstep({ session: () => Promise.reject(broken) }))).rejects.toBe(broken)
  await expect(sessionOrVisit(doorstep({ somethingPublic: () => Promise.reject(broken) }))).rejects.toBe(nobody)
})
