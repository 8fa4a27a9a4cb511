import { answer, client, done, setCsrfToken } from './client'
import { ask, tell } from './ask'
import type { components } from './schema'

export type AppFacts = components['schemas']['AppOut']
export type OrganisationRole = 'administrator' | 'auditor' | 'operator'
export type Duty = 'accept_terms' | 'set_up_second_factor'
export type Factor = 'totp' | 'passkey' | 'recovery'

export interface Viewer {
  person_id: string
  user_name: string
  name: string
  is_admin: boolean
  organisation_role: OrganisationRole | null
}

/** The session behind the browser's cookie. With duties it is limited until they are done. */
export interface Session {
  state: 'signed_in'
  viewer: Viewer
  csrf_token: string | null
  expires_at: string
  duties: readonly Duty[]
}

/** The password was right; now something that only the person has. */
export interface SecondFactor {
  state: 'second_factor'
  second_factor: readonly Factor[]
  challenge: string
  passkey_options: PasskeyOptions | null
  expires_at: string
}

/** What a browser's passkey needs, as JSON with binary in base64url. */
export type PasskeyOptions = Readonly<Record<string, unknown>>
export interface PasskeyChallenge {
  challenge: string
  options: PasskeyOptions
  expires_at: string
}

export interface SignInOptions {
  registration: 'off' | 'domain' | 'approval'
  registration_domains: readonly string[]
  mail: boolean
  terms_version: string | null
}

/** What proves that it is still the person who signed in. */
export type Proof = { password: string } | { totp: string } | { challenge: string; passkey: object }

/** What anybody may know: version, notice, whether a sample is at hand. */
export function getApp(signal?: AbortSignal): Promise<AppFacts> {
  return answer(client.GET('/api/v1/app', { signal: signal ?? null }))
}

/** Who may ask for an account, and how. */
export function getSignInOptions(signal?: AbortSignal): Promise<SignInOptions> {
  return ask('GET', '/session/options', { signal })
}

/** The session behind the browser's cookie. */
export async function getSession(signal?: AbortSignal): Promise<Session> {
  return keep(await ask<Session>('GET', '/session', { signal }))
}

/** Exchange the one-time token of the printed address for a session. */
export async function signIn(oneTimeToken: string): Promise<Session | SecondFactor> {
  return keepSession(await ask<Session | SecondFactor>('POST', '/session', { body: { one_time_token: oneTimeToken } }))
}

export async function signInByPassword(userName: string, password: string): Promise<Session | SecondFactor> {
  const body = { user_name: userName, password }
  return keepSession(await ask<Session | SecondFactor>('POST', '/session', { body }))
}

export async function giveSecondFactor(
  challenge: string,
  factor: { totp: string } | { recovery_code: string } | { passkey: object },
): Promise<Session> {
  return keep(await ask<Session>('POST', '/session/second-factor', { body: { challenge, ...factor } }))
}

export function beginPasskey(): Promise<PasskeyChallenge> {
  return ask('POST', '/session/passkey/begin')
}

export async function signInByPasskey(challenge: string, passkey: object): Promise<Session> {
  return keep(await ask<Session>('POST', '/session/passkey', { body: { challenge, passkey } }))
}

/** Show that it is still the person who signed in, before something that matters. */
export function confirmIdentity(proof: Proof): Promise<void> {
  return tell('POST', '/session/confirm', { body: proof })
}

export function beginConfirm(): Promise<PasskeyChallenge> {
  return ask('POST', '/session/confirm/begin')
}

export async function signOut(): Promise<void> {
  await done(client.DELETE('/api/v1/session'))
  setCsrfToken(null)
}

/** Keep the session alive: somebody is really there. */
export function reportActivity(): Promise<void> {
  return done(client.POST('/api/v1/session/activity'))
}

/** Whose pages this window has shown since it was loaded. */
let shown: string | null = null

/** Whether somebody else was signed in before in this window; then what it holds in memory has to go. */
export function isSomebodyElse(session: Session): boolean {
  return shown !== null && shown !== session.viewer.person_id
}

/** Take a session that a sign-in or a link answered. */
export function keepSession<Answer extends Session | SecondFactor>(answered: Answer): Answer {
  if (answered.state === 'signed_in') setCsrfToken(answered.csrf_token)
  return answered
}

function keep(session: Session): Session {
  return keepSession(session)
}

/** The pages of this person are about to be shown. */
export function noteShown(session: Session): void {
  shown ??= session.viewer.person_id
}
