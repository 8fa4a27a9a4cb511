/** Who may do what on a project, a case or a slide. */
import { answer, client } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Role = Schemas['Role']
export type Right = Schemas['Right']
/** What an entry says; `none` shuts out. */
export type EntryRole = Role | 'none'
export type ScopeKind = 'project' | 'case' | 'slide'
export type Visible = Schemas['Visibility']
export type Subject = Schemas['SubjectOut']
export type Onlooker = Schemas['OnlookerOut']
export type Member = Schemas['MemberOut']
export type MemberList = Schemas['MemberList']
export type Visibility = Schemas['VisibilityOut']
export type EffectivePage = Schemas['EffectiveMembers']
export type Explanation = Schemas['Explanation']

/** From looking to deciding, each with all that the one before may. */
export const ROLES = ['viewer', 'reviewer', 'annotator', 'editor', 'manager'] as const satisfies readonly Role[]
export const RIGHTS = ['identity', 'export', 'download'] as const satisfies readonly Right[]

/** What is ticked at first when somebody gets a role. */
export const DEFAULT_RIGHTS: Readonly<Record<EntryRole, readonly Right[]>> = {
  none: [],
  viewer: [],
  reviewer: ['identity'],
  annotator: ['identity'],
  editor: ['identity', 'export'],
  manager: ['identity', 'export', 'download'],
}

/** What the members are members of. */
export interface Scope {
  kind: ScopeKind
  id: string
}

// The three places answer alike; one path stands for all in the types.
type Address = '/api/v1/projects/{object_id}/members'

function at<Rest extends string>(kind: ScopeKind, rest: Rest): `${Address}${Rest}` {
  return `/api/v1/${kind}s/{object_id}/members${rest}` as `${Address}${Rest}`
}

function subjectOf(id: string, { kind, subject_id }: Subject): { path: { object_id: string; subject_kind: Subject['kind']; subject_id: string } } {
  return { path: { object_id: id, subject_kind: kind, subject_id } }
}

export function listMembers({ kind, id }: Scope, signal?: AbortSignal): Promise<MemberList> {
  return answer(client.GET(at(kind, ''), { params: { path: { object_id: id } }, signal: signal ?? null }))
}

export function putMember({ kind, id }: Scope, subject: Subject, role: EntryRole, rights: readonly Right[]): Promise<MemberList> {
  const body = { role, rights: [...rights] }
  return answer(client.PUT(at(kind, '/{subject_kind}/{subject_id}'), { params: subjectOf(id, subject), body }))
}

export function removeMember({ kind, id }: Scope, subject: Subject): Promise<MemberList> {
  return answer(client.DELETE(at(kind, '/{subject_kind}/{subject_id}'), { params: subjectOf(id, subject) }))
}

/** People and groups whose name begins with these words. */
export async function findSubjects({ kind, id }: Scope, q: string, signal?: AbortSignal): Promise<readonly Subject[]> {
  const params = { path: { object_id: id }, query: { q } }
  return (await answer(client.GET(at(kind, '/candidates'), { params, signal: signal ?? null }))).items
}

/** People who see a slide, by parts of their name; for who may comment there. */
export async function findOnlookers(slideId: string, q: string, signal?: AbortSignal): Promise<readonly Onlooker[]> {
  const params = { path: { slide_id: slideId }, query: { q } }
  return (await answer(client.GET('/api/v1/slides/{slide_id}/people', { params, signal: signal ?? null }))).items
}

export function listEffective({ kind, id }: Scope, cursor: string | null, signal?: AbortSignal): Promise<EffectivePage> {
  const params = { path: { object_id: id }, query: cursor === null ? {} : { cursor } }
  return answer(client.GET(at(kind, '/effective'), { params, signal: signal ?? null }))
}

export function explain({ kind, id }: Scope, personId: string, signal?: AbortSignal): Promise<Explanation> {
  const params = { path: { object_id: id }, query: { person_id: personId } }
  return answer(client.GET(at(kind, '/explain'), { params, signal: signal ?? null }))
}

export function setVisibility(projectId: string, visibility: Visible | null): Promise<MemberList> {
  const params = { path: { project_id: projectId } }
  return answer(client.PUT('/api/v1/projects/{project_id}/visibility', { params, body: { visibility } }))
}

/** Whether I may do here what this role may. */
export function may({ my_role: mine }: { my_role: Role }, role: Role): boolean {
  return ROLES.indexOf(mine) >= ROLES.indexOf(role)
}
