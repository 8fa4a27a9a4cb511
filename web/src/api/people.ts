import type { MySession, Token } from './account'
import { ask, tell } from './ask'
import type { OrganisationRole } from './session'

export type PersonState = 'active' | 'pending' | 'deactivated'

export interface PersonOut {
  person_id: string
  user_name: string
  name: string
  email: string | null
  organisation_role: OrganisationRole | null
  source: string
  state: PersonState
  created_at: string
  last_seen_at: string | null
}

export interface GroupRef {
  group_id: string
  name: string
}

export interface Person extends PersonOut {
  second_factor: boolean
  password: boolean
  groups: readonly GroupRef[]
  /** What they wrote when they asked for an account. */
  note: string | null
}

export interface Group extends GroupRef {
  description: string
  source: string
  member_count: number
  created_at: string
}

/** A link that signs somebody up or lets them choose a new password; its address is shown once. */
export interface AccountLink {
  link_id: string
  kind: 'invitation' | 'reset' | 'registration'
  url: string
  token: string
  expires_at: string
  mailed: boolean
  mail_problem: string | null
}

export interface Invitation {
  link_id: string
  kind: string
  name: string | null
  user_name: string | null
  email: string | null
  organisation_role: OrganisationRole | null
  groups: readonly GroupRef[]
  invited_by: string | null
  created_at: string
  expires_at: string
}

export interface Owned {
  kind: string
  count: number
}

export interface Page<T> {
  items: readonly T[]
  total: number
  next_cursor: string | null
}

export interface PeopleQuery {
  q?: string
  state?: PersonState
  group_id?: string
  role?: OrganisationRole | 'none'
  limit?: number
  cursor?: string
}

interface List<T> {
  items: readonly T[]
}

interface Invited {
  name?: string
  email?: string
  organisation_role?: OrganisationRole
  group_ids?: readonly string[]
  mail?: boolean
}

function at(personId: string): { person_id: string } {
  return { person_id: personId }
}

export function listPeople(query: PeopleQuery, signal?: AbortSignal): Promise<Page<Person>> {
  return ask('GET', '/people', { query: { ...query }, signal })
}

export function getPerson(personId: string, signal?: AbortSignal): Promise<Person> {
  return ask('GET', '/people/{person_id}', { path: at(personId), signal })
}

/** Make an account whose owner chooses a password by the link. */
export function createPerson(body: Invited & { user_name: string; name: string }): Promise<{ person: Person; link: AccountLink }> {
  return ask('POST', '/people', { body })
}

/** Make a link by which somebody makes an account for themselves. */
export function invite(body: Invited & { days?: number }): Promise<AccountLink> {
  return ask('POST', '/invitations', { body })
}

export function changePerson(
  personId: string,
  change: { user_name?: string; name?: string; email?: string | null; organisation_role?: OrganisationRole | null },
): Promise<Person> {
  return ask('PATCH', '/people/{person_id}', { path: at(personId), body: change })
}

export function approvePerson(personId: string): Promise<Person> {
  return ask('POST', '/people/{person_id}/approve', { path: at(personId), body: {} })
}

export function refusePerson(personId: string): Promise<void> {
  return tell('POST', '/people/{person_id}/refuse', { path: at(personId) })
}

export function deactivatePerson(personId: string): Promise<Person> {
  return ask('POST', '/people/{person_id}/deactivate', { path: at(personId) })
}

export function activatePerson(personId: string): Promise<Person> {
  return ask('POST', '/people/{person_id}/activate', { path: at(personId) })
}

export function makeResetLink(personId: string, mail: boolean): Promise<AccountLink> {
  return ask('POST', '/people/{person_id}/reset-link', { path: at(personId), body: { mail } })
}

/** Somebody lost their telephone: authenticator, passkeys and recovery codes go. */
export function dropSecondFactor(personId: string): Promise<void> {
  return tell('DELETE', '/people/{person_id}/second-factor', { path: at(personId) })
}

export async function listSessionsOf(personId: string, signal?: AbortSignal): Promise<readonly MySession[]> {
  return (await ask<List<MySession>>('GET', '/people/{person_id}/sessions', { path: at(personId), signal })).items
}

export function endSessionsOf(personId: string): Promise<void> {
  return tell('DELETE', '/people/{person_id}/sessions', { path: at(personId) })
}

export async function listOwned(personId: string, signal?: AbortSignal): Promise<readonly Owned[]> {
  return (await ask<List<Owned>>('GET', '/people/{person_id}/owned', { path: at(personId), signal })).items
}

export async function handOver(personId: string, toPersonId: string): Promise<readonly Owned[]> {
  const body = { to_person_id: toPersonId }
  return (await ask<List<Owned>>('POST', '/people/{person_id}/hand-over', { path: at(personId), body })).items
}

export async function listInvitations(signal?: AbortSignal): Promise<readonly Invitation[]> {
  return (await ask<List<Invitation>>('GET', '/invitations', { signal })).items
}

export function withdrawInvitation(linkId: string): Promise<void> {
  return tell('DELETE', '/invitations/{link_id}', { path: { link_id: linkId } })
}

export async function listTokensOf(personId: string, signal?: AbortSignal): Promise<readonly Token[]> {
  return (await ask<List<Token>>('GET', '/tokens', { query: at(personId), signal })).items
}

export function revokeToken(tokenId: string): Promise<void> {
  return tell('DELETE', '/tokens/{token_id}', { path: { token_id: tokenId } })
}

export async function listGroups(q: string, signal?: AbortSignal): Promise<readonly Group[]> {
  return (await ask<List<Group>>('GET', '/groups', { query: q === '' ? {} : { q }, signal })).items
}

export function createGroup(name: string, description: string): Promise<Group> {
  return ask('POST', '/groups', { body: { name, description } })
}

export function changeGroup(groupId: string, change: { name?: string; description?: string }): Promise<Group> {
  return ask('PATCH', '/groups/{group_id}', { path: { group_id: groupId }, body: change })
}

export function deleteGroup(groupId: string): Promise<void> {
  return tell('DELETE', '/groups/{group_id}', { path: { group_id: groupId } })
}

export function listGroupMembers(groupId: string, cursor: string | null, signal?: AbortSignal): Promise<Page<PersonOut>> {
  const query = cursor === null ? {} : { cursor }
  return ask('GET', '/groups/{group_id}/members', { path: { group_id: groupId }, query, signal })
}

export function addToGroup(groupId: string, personId: string): Promise<void> {
  return tell('PUT', '/groups/{group_id}/members/{person_id}', { path: { group_id: groupId, ...at(personId) } })
}

export function removeFromGroup(groupId: string, personId: string): Promise<void> {
  return tell('DELETE', '/groups/{group_id}/members/{person_id}', { path: { group_id: groupId, ...at(personId) } })
}
