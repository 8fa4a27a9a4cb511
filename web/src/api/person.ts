import { answer, client } from './client'

/** What a person set for themselves, the same on every machine: one object with a key for each thing. */
export type PersonPreferences = Readonly<Record<string, unknown>>

/** The outcome of a display check; `workstation` is what people call the machine. */
export interface DisplayCheck {
  workstation: string
  result: { passed: boolean; note: string }
}

export interface LoggedCheck extends DisplayCheck {
  check_id: string
  author: string
  created_at: string
}

type Plain = (path: string, init: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>
// Objects with free keys gain nothing from the generated types.
const { GET, POST, PUT } = client as unknown as Record<'GET' | 'POST' | 'PUT', Plain>

export async function getPreferences(signal?: AbortSignal): Promise<PersonPreferences> {
  return answer(GET('/api/v1/me/preferences', { signal: signal ?? null }))
}

export async function putPreferences(preferences: PersonPreferences): Promise<void> {
  await answer(PUT('/api/v1/me/preferences', { body: preferences }))
}

export async function listDisplayChecks(signal?: AbortSignal): Promise<readonly LoggedCheck[]> {
  const list = (await answer(GET('/api/v1/display-checks', { signal: signal ?? null }))) as { items: LoggedCheck[] }
  return list.items
}

export async function addDisplayCheck(check: DisplayCheck): Promise<void> {
  await answer(POST('/api/v1/display-checks', { body: check }))
}
