import { ask, tell } from './ask'
import type { Duty, PasskeyChallenge } from './session'
import type { PersonOut } from './people'

export interface Me {
  person: PersonOut
  duties: readonly Duty[]
  is_admin: boolean
  scopes: readonly string[] | null
  session_kind: 'full' | 'limited' | 'token'
  groups: readonly { group_id: string; name: string }[]
  password: { set: boolean; changed_at: string | null }
  second_factor: { required: boolean; totp: boolean; passkeys: number; recovery_left: number }
  terms: { version: string; accepted_at: string | null } | null
  may_change_password: boolean
  ask: readonly { name: string; email: string | null }[]
}

export interface Passkey {
  passkey_id: string
  name: string
  created_at: string
  last_used_at: string | null
  synced: boolean
}

export interface MySession {
  session_id: string
  current: boolean
  kind: string
  created_at: string
  last_active_at: string
  expires_at: string
  address: string | null
  agent: string | null
}

export type Scope = 'read' | 'write' | 'admin'
export interface Token {
  token_id: string
  name: string
  person_id: string
  user_name: string
  scopes: readonly Scope[] | null
  created_at: string
  expires_at: string
  last_used_at: string | null
  revoked_at: string | null
}

export interface PasswordCheck {
  accepted: boolean
  score: number
  problem: string | null
}

interface List<T> {
  items: readonly T[]
}

export function getMe(signal?: AbortSignal): Promise<Me> {
  return ask('GET', '/me', { signal })
}

export function changeMe(change: { name?: string; email?: string | null }): Promise<PersonOut> {
  return ask('PATCH', '/me', { body: change })
}

export function changePassword(current: string | null, next: string): Promise<void> {
  return tell('PUT', '/me/password', { body: { current_password: current, new_password: next } })
}

/** How good a password would be; nothing is changed or kept. */
export function checkPassword(
  password: string,
  about: { user_name?: string; name?: string; email?: string },
  signal?: AbortSignal,
): Promise<PasswordCheck> {
  return ask('POST', '/password-check', { body: { password, ...about }, signal })
}

export function getTerms(signal?: AbortSignal): Promise<{ version: string; text: string }> {
  return ask('GET', '/terms', { signal })
}

export function acceptTerms(version: string): Promise<void> {
  return tell('POST', '/me/terms', { body: { version } })
}

export function beginTotp(): Promise<{ secret: string; uri: string; expires_at: string }> {
  return ask('POST', '/me/totp')
}

/** The first code of the authenticator; recovery codes come when there were none. */
export function confirmTotp(code: string): Promise<{ recovery_codes: readonly string[] | null }> {
  return ask('POST', '/me/totp/confirm', { body: { code } })
}

export function removeTotp(): Promise<void> {
  return tell('DELETE', '/me/totp')
}

export function makeRecoveryCodes(): Promise<{ recovery_codes: readonly string[] }> {
  return ask('POST', '/me/recovery-codes')
}

export async function listPasskeys(signal?: AbortSignal): Promise<readonly Passkey[]> {
  return (await ask<List<Passkey>>('GET', '/me/passkeys', { signal })).items
}

export function beginNewPasskey(): Promise<PasskeyChallenge> {
  return ask('POST', '/me/passkeys/begin')
}

export function addPasskey(
  challenge: string,
  name: string,
  passkey: object,
): Promise<{ passkey: Passkey; recovery_codes: readonly string[] | null }> {
  return ask('POST', '/me/passkeys', { body: { challenge, name, passkey } })
}

export function removePasskey(passkeyId: string): Promise<void> {
  return tell('DELETE', '/me/passkeys/{passkey_id}', { path: { passkey_id: passkeyId } })
}

export async function listMySessions(signal?: AbortSignal): Promise<readonly MySession[]> {
  return (await ask<List<MySession>>('GET', '/me/sessions', { signal })).items
}

export function endMySession(sessionId: string): Promise<void> {
  return tell('DELETE', '/me/sessions/{session_id}', { path: { session_id: sessionId } })
}

/** End every session of mine but this one. */
export function endOtherSessions(): Promise<void> {
  return tell('DELETE', '/me/sessions')
}

export async function listMyTokens(signal?: AbortSignal): Promise<readonly Token[]> {
  return (await ask<List<Token>>('GET', '/me/tokens', { signal })).items
}

/** The secret is in this answer and nowhere else. */
export function createToken(name: string, scope: Scope, days: number): Promise<{ token: Token; secret: string }> {
  return ask('POST', '/me/tokens', { body: { name, scopes: [scope], days } })
}

export function revokeMyToken(tokenId: string): Promise<void> {
  return tell('DELETE', '/me/tokens/{token_id}', { path: { token_id: tokenId } })
}
