import { answer, client, done } from './client'
import type { components } from './schema'
import type { PasskeyChallenge } from './session'

type Schemas = components['schemas']
export type Me = Schemas['MeOut']
export type Passkey = Schemas['PasskeyOut']
export type MySession = Schemas['MySessionOut']
export type Token = Schemas['TokenOut']
export type Scope = NonNullable<Token['scopes']>[number]
export type PasswordCheck = Schemas['PasswordCheckOut']

function by(signal: AbortSignal | undefined): { signal: AbortSignal | null } {
  return { signal: signal ?? null }
}

export function getMe(signal?: AbortSignal): Promise<Me> {
  return answer(client.GET('/api/v1/me', by(signal)))
}

export function changeMe(body: Schemas['MePatch']): Promise<Schemas['PersonOut']> {
  return answer(client.PATCH('/api/v1/me', { body }))
}

export function changePassword(current: string | null, next: string): Promise<void> {
  return done(client.PUT('/api/v1/me/password', { body: { current_password: current, new_password: next } }))
}

/** How good a password would be; nothing is changed or kept. */
export function checkPassword(body: Schemas['PasswordCheckIn'], signal?: AbortSignal): Promise<PasswordCheck> {
  return answer(client.POST('/api/v1/password-check', { body, ...by(signal) }))
}

export function getTerms(signal?: AbortSignal): Promise<Schemas['TermsOut']> {
  return answer(client.GET('/api/v1/terms', by(signal)))
}

export function acceptTerms(version: string): Promise<void> {
  return done(client.POST('/api/v1/me/terms', { body: { version } }))
}

export function beginTotp(): Promise<Schemas['TotpOut']> {
  return answer(client.POST('/api/v1/me/totp'))
}

/** The first code of the authenticator; recovery codes come when there were none. */
export function confirmTotp(code: string): Promise<Schemas['RecoveryCodesOut']> {
  return answer(client.POST('/api/v1/me/totp/confirm', { body: { code } }))
}

export function removeTotp(): Promise<void> {
  return done(client.DELETE('/api/v1/me/totp'))
}

export function makeRecoveryCodes(): Promise<Schemas['RecoveryCodesOut']> {
  return answer(client.POST('/api/v1/me/recovery-codes'))
}

export async function listPasskeys(signal?: AbortSignal): Promise<readonly Passkey[]> {
  return (await answer(client.GET('/api/v1/me/passkeys', by(signal)))).items
}

export function beginNewPasskey(): Promise<PasskeyChallenge> {
  return answer(client.POST('/api/v1/me/passkeys/begin'))
}

export function addPasskey(body: Schemas['NewPasskey']): Promise<Schemas['NewPasskeyOut']> {
  return answer(client.POST('/api/v1/me/passkeys', { body }))
}

export function removePasskey(passkeyId: string): Promise<void> {
  return done(client.DELETE('/api/v1/me/passkeys/{passkey_id}', { params: { path: { passkey_id: passkeyId } } }))
}

export async function listMySessions(signal?: AbortSignal): Promise<readonly MySession[]> {
  return (await answer(client.GET('/api/v1/me/sessions', by(signal)))).items
}

export function endMySession(sessionId: string): Promise<void> {
  return done(client.DELETE('/api/v1/me/sessions/{session_id}', { params: { path: { session_id: sessionId } } }))
}

/** End every session of mine but this one. */
export function endOtherSessions(): Promise<void> {
  return done(client.DELETE('/api/v1/me/sessions'))
}

export async function listMyTokens(signal?: AbortSignal): Promise<readonly Token[]> {
  return (await answer(client.GET('/api/v1/me/tokens', by(signal)))).items
}

/** The secret is in this answer and nowhere else. */
export function createToken(name: string, scope: Scope, days: number): Promise<Schemas['NewTokenOut']> {
  return answer(client.POST('/api/v1/me/tokens', { body: { name, scopes: [scope], days } }))
}

export function revokeMyToken(tokenId: string): Promise<void> {
  return done(client.DELETE('/api/v1/me/tokens/{token_id}', { params: { path: { token_id: tokenId } } }))
}
