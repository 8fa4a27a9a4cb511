import type { MySession, Token } from './account'
import { answer, client, done } from './client'
import type { components, paths } from './schema'

type Schemas = components['schemas']
export type PersonOut = Schemas['PersonOut']
export type Person = Schemas['PersonRowOut']
export type PersonState = Person['state']
export type People = Schemas['PeopleOut']
export type PeopleQuery = NonNullable<paths['/api/v1/people']['get']['parameters']['query']>
export type GroupRef = Schemas['GroupName']
export type Group = Schemas['GroupOut']
export type GroupMembers = Schemas['MembersOut']
/** A link that signs somebody up or lets them choose a new password; its address is shown once. */
export type AccountLink = Schemas['LinkOut']
export type Invitation = Schemas['InvitationOut']
export type Owned = Schemas['OwnedOut']

function of(personId: string): { params: { path: { person_id: string } } } {
  return { params: { path: { person_id: personId } } }
}

function member(groupId: string, personId: string): { params: { path: { group_id: string; person_id: string } } } {
  return { params: { path: { group_id: groupId, person_id: personId } } }
}

export function listPeople(query: PeopleQuery, signal?: AbortSignal): Promise<People> {
  return answer(client.GET('/api/v1/people', { params: { query }, signal: signal ?? null }))
}

export function getPerson(personId: string, signal?: AbortSignal): Promise<Person> {
  return answer(client.GET('/api/v1/people/{person_id}', { ...of(personId), signal: signal ?? null }))
}

/** Make an account whose owner chooses a password by the link. */
export function createPerson(body: Schemas['NewPersonIn']): Promise<Schemas['NewPersonOut']> {
  return answer(client.POST('/api/v1/people', { body }))
}

/** Make a link by which somebody makes an account for themselves. */
export function invite(body: Schemas['NewInvitation']): Promise<AccountLink> {
  return answer(client.POST('/api/v1/invitations', { body }))
}

export function changePerson(personId: string, body: Schemas['PersonPatch']): Promise<Person> {
  return answer(client.PATCH('/api/v1/people/{person_id}', { ...of(personId), body }))
}

export function approvePerson(personId: string): Promise<Person> {
  return answer(client.POST('/api/v1/people/{person_id}/approve', { ...of(personId), body: {} }))
}

export function refusePerson(personId: string): Promise<void> {
  return done(client.POST('/api/v1/people/{person_id}/refuse', of(personId)))
}

export function deactivatePerson(personId: string): Promise<Person> {
  return answer(client.POST('/api/v1/people/{person_id}/deactivate', of(personId)))
}

export function activatePerson(personId: string): Promise<Person> {
  return answer(client.POST('/api/v1/people/{person_id}/activate', of(personId)))
}

export function makeResetLink(personId: string, mail: boolean): Promise<AccountLink> {
  return answer(client.POST('/api/v1/people/{person_id}/reset-link', { ...of(personId), body: { mail } }))
}

/** Somebody lost their telephone: authenticator, passkeys and recovery codes go. */
export function dropSecondFactor(personId: string): Promise<void> {
  return done(client.DELETE('/api/v1/people/{person_id}/second-factor', of(personId)))
}

export async function listSessionsOf(personId: string, signal?: AbortSignal): Promise<readonly MySession[]> {
  const found = client.GET('/api/v1/people/{person_id}/sessions', { ...of(personId), signal: signal ?? null })
  return (await answer(found)).items
}

export function endSessionsOf(personId: string): Promise<void> {
  return done(client.DELETE('/api/v1/people/{person_id}/sessions', of(personId)))
}

export async function listOwned(personId: string, signal?: AbortSignal): Promise<readonly Owned[]> {
  const found = client.GET('/api/v1/people/{person_id}/owned', { ...of(personId), signal: signal ?? null })
  return (await answer(found)).items
}

export async function handOver(personId: string, toPersonId: string): Promise<readonly Owned[]> {
  const body = { to_person_id: toPersonId }
  return (await answer(client.POST('/api/v1/people/{person_id}/hand-over', { ...of(personId), body }))).items
}

export async function listInvitations(signal?: AbortSignal): Promise<readonly Invitation[]> {
  return (await answer(client.GET('/api/v1/invitations', { signal: signal ?? null }))).items
}

export function withdrawInvitation(linkId: string): Promise<void> {
  return done(client.DELETE('/api/v1/invitations/{link_id}', { params: { path: { link_id: linkId } } }))
}

export async function listTokensOf(personId: string, signal?: AbortSignal): Promise<readonly Token[]> {
  const query = { person_id: personId }
  return (await answer(client.GET('/api/v1/tokens', { params: { query }, signal: signal ?? null }))).items
}

export function revokeToken(tokenId: string): Promise<void> {
  return done(client.DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id: tokenId } } }))
}

export async function listGroups(q: string, signal?: AbortSignal): Promise<readonly Group[]> {
  const query = q === '' ? {} : { q }
  return (await answer(client.GET('/api/v1/groups', { params: { query }, signal: signal ?? null }))).items
}

export function createGroup(name: string, description: string): Promise<Group> {
  return answer(client.POST('/api/v1/groups', { body: { name, description } }))
}

export function changeGroup(groupId: string, body: Schemas['GroupPatch']): Promise<Group> {
  return answer(client.PATCH('/api/v1/groups/{group_id}', { params: { path: { group_id: groupId } }, body }))
}

export function deleteGroup(groupId: string): Promise<void> {
  return done(client.DELETE('/api/v1/groups/{group_id}', { params: { path: { group_id: groupId } } }))
}

export function listGroupMembers(groupId: string, cursor: string | null, signal?: AbortSignal): Promise<GroupMembers> {
  const params = { path: { group_id: groupId }, query: cursor === null ? {} : { cursor } }
  return answer(client.GET('/api/v1/groups/{group_id}/members', { params, signal: signal ?? null }))
}

export function addToGroup(groupId: string, personId: string): Promise<void> {
  return done(client.PUT('/api/v1/groups/{group_id}/members/{person_id}', member(groupId, personId)))
}

export function removeFromGroup(groupId: string, personId: string): Promise<void> {
  return done(client.DELETE('/api/v1/groups/{group_id}/members/{person_id}', member(groupId, personId)))
}
