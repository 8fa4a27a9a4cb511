import { answer, client, done, setCsrfToken } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type AppFacts = Schemas['AppOut']
export type Viewer = Schemas['ViewerOut']
export type OrganisationRole = NonNullable<Viewer['organisation_role']>
/** The session behind the browser's cookie. With duties it is limited until they are done. A visitor has none. */
export type Session = Omit<Schemas['SessionOut'], 'kind'> & { kind: Schemas['SessionOut']['kind'] | 'visitor' }
/** What a share link shows and how; null for anybody with an account. */
export type Guest = NonNullable<Session['share']>
export type Duty = Session['duties'][number]
/** The password was right; now something that only the person has. */
export type SecondFactor = Schemas['SecondFactorOut']
export type Factor = SecondFactor['second_factor'][number]
export type PasskeyChallenge = Schemas['PasskeyChallengeOut']
export type SignInOptions = Schemas['OptionsOut']

/** What proves that it is still the person who signed in. */
export type Proof = Schemas['ConfirmIn']

/** Stands where a session would: nobody is signed in, and what is public is looked at. The server is told nothing of it. */
export const VISITOR: Session = {
  state: 'signed_in',
  kind: 'visitor',
  viewer: { person_id: 'visitor', user_name: '', name: '', is_admin: false, organisation_role: null },
  csrf_token: null,
  expires_at: '9999-12-31T00:00:00Z',
  duties: [],
  provider: null,
}

export function isVisitor(session: Session | null): boolean {
  return session?.kind === 'visitor'
}

/** What anybody may know: version, notice, whether a sample is at hand. */
export function getApp(signal?: AbortSignal): Promise<AppFacts> {
  return answer(client.GET('/api/v1/app', { signal: signal ?? null }))
}

/** Who may ask for an account, and how. */
export function getSignInOptions(signal?: AbortSignal): Promise<SignInOptions> {
  return answer(client.GET('/api/v1/session/options', { signal: signal ?? null }))
}

/** The session behind the browser's cookie. */
export async function getSession(signal?: AbortSignal): Promise<Session> {
  return keepSession(await answer(client.GET('/api/v1/session', { signal: signal ?? null })))
}

/** Exchange the one-time token of the printed address for a session. */
export function signIn(oneTimeToken: string): Promise<Session | SecondFactor> {
  return begin({ one_time_token: oneTimeToken })
}

export function signInByPassword(userName: string, password: string): Promise<Session | SecondFactor> {
  return begin({ user_name: userName, password })
}

async function begin(body: Schemas['SignIn']): Promise<Session | SecondFactor> {
  return keepSession(await answer(client.POST('/api/v1/session', { body })))
}

export async function giveSecondFactor(body: Schemas['SecondFactorIn']): Promise<Session> {
  return keepSession(await answer(client.POST('/api/v1/session/second-factor', { body })))
}

export function beginPasskey(): Promise<PasskeyChallenge> {
  return answer(client.POST('/api/v1/session/passkey/begin'))
}

export async function signInByPasskey(body: Schemas['PasskeyIn']): Promise<Session> {
  return keepSession(await answer(client.POST('/api/v1/session/passkey', { body })))
}

/** Show that it is still the person who signed in, before something that matters. */
export function confirmIdentity(proof: Proof): Promise<void> {
  return done(client.POST('/api/v1/session/confirm', { body: proof }))
}

export function beginConfirm(): Promise<PasskeyChallenge> {
  return answer(client.POST('/api/v1/session/confirm/begin'))
}

/** Leave what a share link opened. */
export async function leaveShare(): Promise<void> {
  await done(client.DELETE('/api/v1/session'))
  setCsrfToken(null)
}

/** Keep the session alive: somebody is really there. */
export function reportActivity(): Promise<void> {
  return done(client.POST('/api/v1/session/activity'))
}

/** Take the session that a sign-in or a link answered. */
export function keepSession<Answer extends Session | SecondFactor>(answered: Answer): Answer {
  if ('csrf_token' in answered) setCsrfToken(answered.csrf_token)
  return answered
}

/** Whether there is one more step before there is a session. */
export function isSecondFactor(answered: Session | SecondFactor): answered is SecondFactor {
  return 'challenge' in answered
}

/** Whose pages this window has shown since it was loaded. */
let shown: string | null = null

/** Whether somebody else was signed in before in this window; then what it holds in memory has to go. */
export function isSomebodyElse(session: Session): boolean {
  return shown !== null && shown !== session.viewer.person_id
}

/** The pages of this person are about to be shown. */
export function noteShown(session: Session): void {
  shown ??= session.viewer.person_id
}
