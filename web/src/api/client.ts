import createClient, { type Middleware } from 'openapi-fetch'

import { t } from '../i18n'
import { guestHeaders } from './guest'
import { holdsStandIn, identity, withoutIdentity } from './identity'
import { ApiError, UNREACHABLE, isAbort, problemFrom } from './problem'
import type { paths } from './schema'

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

let csrfToken: string | null = null
const signedOutListeners = new Set<() => void>()
const signedInListeners = new Set<() => void>()
/** Somebody was signed in on this page: what finds no session any more waits until they are again. */
let held = false

/** Remember the token that every change must carry; it comes with the session. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token
}

/** Call `listener` whenever the server says that nobody is signed in. */
export function onSignedOut(listener: () => void): () => void {
  return listen(signedOutListeners, listener)
}

/** Call `listener` whenever the same person has signed in again without leaving the page. */
export function onSignedIn(listener: () => void): () => void {
  return listen(signedInListeners, listener)
}

/** Tell the app that the server knows no session any more; tiles say it too, and they are not fetched here. */
export function reportSignedOut(): void {
  for (const listener of [...signedOutListeners]) listener()
}

/** Tell the app that it can go on: requests that found no session are sent once more. */
export function reportSignedIn(): void {
  for (const listener of [...signedInListeners]) listener()
}

/** While true, requests that find no session wait instead of failing: nothing typed is lost. */
export function holdRequests(hold: boolean): void {
  held = hold
}

function listen(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** Resolves when somebody has signed in again; rejects when the request is no longer wanted. */
function signedInAgain(signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => {
      stop()
      reject(new DOMException('', 'AbortError'))
    }
    const stop = onSignedIn(() => {
      stop()
      signal?.removeEventListener('abort', gone)
      resolve()
    })
    signal?.addEventListener('abort', gone, { once: true })
    reportSignedOut()
  })
}

/** Whether a request failed for want of a session and is to wait for one; a wrong code is another 401. */
async function findsNobody(response: Response): Promise<boolean> {
  if (response.status !== 401 || !held) return false
  const body: unknown = await response.clone().json().catch(() => null)
  return problemFrom(response, body).code === 'unauthenticated'
}

/** Requests about the session itself say whether there is one: they never wait for it. */
const ABOUT_SESSION = /^\/api\/v1\/(session|links|registration|password-check|terms|share)\b/

const copies = new Map<string, Request>()

const guard: Middleware = {
  onRequest({ request, schemaPath, id }) {
    // Reading keeps no session alive: polling reads too. Real input is reported by `reportActivity`.
    if (!UNSAFE.has(request.method)) request.headers.set('X-Coverslip-Background', '1')
    if (csrfToken !== null && UNSAFE.has(request.method)) request.headers.set('X-CSRF-Token', csrfToken)
    for (const [name, value] of Object.entries(guestHeaders())) request.headers.set(name, value)
    if (held && !ABOUT_SESSION.test(schemaPath)) copies.set(id, request.clone())
    return request
  },
  async onResponse({ response, id }) {
    const copy = copies.get(id)
    copies.delete(id)
    if (copy === undefined || !(await findsNobody(response))) return undefined
    await signedInAgain(copy.signal)
    if (csrfToken !== null && UNSAFE.has(copy.method)) copy.headers.set('X-CSRF-Token', csrfToken)
    return fetch(copy)
  },
  onError({ id }) {
    copies.delete(id)
  },
}

/** While identity is hidden, names neither come in nor go out; see `identity.ts`. */
const veil: Middleware = {
  async onRequest({ request }) {
    if (!identity.get() || !UNSAFE.has(request.method) || request.headers.get('Content-Type') !== 'application/json') return undefined
    if (holdsStandIn(await request.clone().text())) throw new ApiError('identity_hidden', t('identity.noEditing'), 0, null)
    return undefined
  },
  async onResponse({ response, schemaPath }) {
    if (!identity.get() || !isJson(response) || schemaPath.startsWith('/api/v1/me/')) return undefined
    const body: unknown = withoutIdentity(await response.json())
    const { status, statusText } = response
    const headers = new Headers(response.headers)
    headers.delete('Content-Length')
    return new Response(JSON.stringify(body), { status, statusText, headers })
  },
}

function isJson(response: Response): boolean {
  return response.status !== 204 && /json/.test(response.headers.get('Content-Type') ?? '')
}

/** The generated client; wrap each call in `answer`, which turns every failure into an `ApiError`. */
export const client = createClient<paths>({ baseUrl: '', credentials: 'same-origin' })
// Answers pass the guard first: what it asks for a second time goes through the veil like everything else.
client.use(veil, guard)

interface Result<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Wait for a call of `client`: its data, or an `ApiError`; an aborted call stays an abort. */
export async function answer<T>(call: Promise<Result<T>>): Promise<NonNullable<T>> {
  const { data, response } = await settle(call)
  if (data === undefined || data === null) throw problemFrom(response, null)
  return data
}

/** Wait for a call that may find nothing: then the server says `null`. */
export async function answerOrNull<T>(call: Promise<Result<T>>): Promise<NonNullable<T> | null> {
  return (await settle(call)).data ?? null
}

/** Wait for a call that answers nothing (204). */
export async function done(call: Promise<Result<unknown>>): Promise<void> {
  await settle(call)
}

async function settle<T>(call: Promise<Result<T>>): Promise<Result<T>> {
  let result: Result<T>
  try {
    result = await call
  } catch (error) {
    if (isAbort(error) || error instanceof ApiError) throw error
    throw new ApiError(UNREACHABLE, String(error), 0, null)
  }
  if (result.response.ok) return result
  const problem = problemFrom(result.response, result.error)
  if (problem.code === 'unauthenticated') reportSignedOut()
  throw problem
}

/** What a change must carry that is not sent through `client`. */
export function csrfHeaders(): Record<string, string> {
  return csrfToken === null ? {} : { 'X-CSRF-Token': csrfToken }
}

/** A request that `client` cannot make (bytes, headers as answers), with the same errors. */
export async function raw(address: string, options: RequestInit): Promise<Response> {
  return (
    await settle(
      sent(address, options).then(async (response) => ({
        response,
        error: response.ok ? undefined : ((await response.json().catch(() => null)) as unknown),
      })),
    )
  ).response
}

async function sent(address: string, options: RequestInit): Promise<Response> {
  const response = await fetch(address, { credentials: 'same-origin', ...options })
  if (!(await findsNobody(response))) return response
  await signedInAgain(options.signal)
  const headers = new Headers(options.headers)
  for (const [name, value] of Object.entries(csrfHeaders())) if (headers.has(name)) headers.set(name, value)
  return fetch(address, { credentials: 'same-origin', ...options, headers })
}
