import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type * as Client from './client'

const PlainRequest = globalThis.Request
/** Node resolves no relative addresses. */
class PageRequest extends PlainRequest {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === 'string' ? new URL(input, 'http://coverslip.test').href : input, init)
  }
}

let answers: Response[]
let asked: Request[]
let api: typeof Client

const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ code, detail: 'a sentence' }), { status, headers: { 'Content-Type': 'application/problem+json' } })
const project = () => new Response(JSON.stringify({ name: 'Skin' }), { status: 201, headers: { 'Content-Type': 'application/json' } })
const create = (signal: AbortSignal | null = null) =>
  api.answer(api.client.POST('/api/v1/projects', { body: { name: 'Skin' }, signal }))

beforeEach(async () => {
  answers = []
  asked = []
  vi.resetModules()
  vi.stubGlobal('Request', PageRequest)
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(request)
    const next = answers.shift()
    return next === undefined ? Promise.reject(new TypeError('nothing left to answer')) : Promise.resolve(next)
  })
  api = await import('./client')
  api.setCsrfToken('before')
})
afterEach(() => vi.unstubAllGlobals())

test('a change that finds no session is sent again, with what the new session wants', async () => {
  api.holdRequests(true)
  let ended = 0
  api.onSignedOut(() => ended++)
  answers = [problem(401, 'unauthenticated'), project()]
  const made = create()
  await vi.waitFor(() => expect(ended).toBe(1))
  expect(asked).toHaveLength(1)
  api.setCsrfToken('after')
  api.reportSignedIn()
  expect(await made).toMatchObject({ name: 'Skin' })
  expect(asked.map((request) => request.headers.get('X-CSRF-Token'))).toEqual(['before', 'after'])
  expect(await asked[1]?.json()).toEqual({ name: 'Skin' })
})

test('a request that nobody wants any more does not wait', async () => {
  api.holdRequests(true)
  answers = [problem(401, 'unauthenticated')]
  const controller = new AbortController()
  const made = create(controller.signal)
  api.onSignedOut(() => controller.abort())
  await expect(made).rejects.toMatchObject({ name: 'AbortError' })
  api.reportSignedIn()
  expect(asked).toHaveLength(1)
})

test('a wrong code is an answer, not the end of the session', async () => {
  api.holdRequests(true)
  answers = [problem(401, 'second_factor_refused')]
  await expect(api.answer(api.client.POST('/api/v1/me/totp/confirm', { body: { code: '000000' } }))).rejects.toMatchObject({
    code: 'second_factor_refused',
  })
})

test('who is not signed in yet gets the answer at once, and so does the question who it is', async () => {
  answers = [problem(401, 'unauthenticated')]
  await expect(create()).rejects.toMatchObject({ code: 'unauthenticated' })
  api.holdRequests(true)
  answers = [problem(401, 'unauthenticated')]
  await expect(api.answer(api.client.GET('/api/v1/session'))).rejects.toMatchObject({ code: 'unauthenticated' })
})
