import createClient, { type Middleware } from 'openapi-fetch'

import { t } from '../i18n'
import { holdsStandIn, identity, withoutIdentity } from './identity'
import { ApiError, UNREACHABLE, isAbort, problemFrom } from './problem'
import type { paths } from './schema'

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

let csrfToken: string | null = null
const signedOutListeners = new Set<() => void>()

/** Remember the token that every change must carry; it comes with the session. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token
}

/** Call `listener` whenever the server says that nobody is signed in. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener)
  return () => {
    signedOutListeners.delete(listener)
  }
}

/** Tell the app that the server knows no session any more; tiles say it too, and they are not fetched here. */
export function reportSignedOut(): void {
  for (const listener of [...signedOutListeners]) listener()
}

const guard: Middleware = {
  onRequest({ request }) {
    // Reading keeps no session alive: polling reads too. Real input is reported by `reportActivity`.
    if (!UNSAFE.has(request.method)) request.headers.set('X-Coverslip-Background', '1')
    if (csrfToken !== null && UNSAFE.has(request.method)) request.headers.set('X-CSRF-Token', csrfToken)
    return request
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
client.use(guard, veil)

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
  const asked = fetch(address, { credentials: 'same-origin', ...options })
  return (
    await settle(
      asked.then(async (response) => ({
        response,
        error: response.ok ? undefined : ((await response.json().catch(() => null)) as unknown),
      })),
    )
  ).response
}
