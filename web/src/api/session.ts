import { answer, client, done, setCsrfToken } from './client'
import type { components } from './schema'

export type Session = components['schemas']['SessionOut']
export type AppFacts = components['schemas']['AppOut']

/** What anybody may know: version, notice, whether a sample is at hand. */
export function getApp(signal?: AbortSignal): Promise<AppFacts> {
  return answer(client.GET('/api/v1/app', { signal: signal ?? null }))
}

/** The session behind the browser's cookie. */
export async function getSession(signal?: AbortSignal): Promise<Session> {
  return keep(await answer(client.GET('/api/v1/session', { signal: signal ?? null })))
}

/** Exchange the one-time token of the printed address for a session. */
export async function signIn(oneTimeToken: string): Promise<Session> {
  return keep(await answer(client.POST('/api/v1/session', { body: { one_time_token: oneTimeToken } })))
}

export async function signOut(): Promise<void> {
  await done(client.DELETE('/api/v1/session'))
  setCsrfToken(null)
}

/** Keep the session alive: somebody is really there. */
export function reportActivity(): Promise<void> {
  return done(client.POST('/api/v1/session/activity'))
}

function keep(session: Session): Session {
  setCsrfToken(session.csrf_token)
  return session
}
