/** Who may do what on a project, a case or a slide. */
import { ask } from './ask'

export const ROLES = ['viewer', 'reviewer', 'annotator', 'editor', 'manager'] as const
export const RIGHTS = ['identity', 'export', 'download'] as const
export type Role = (typeof ROLES)[number]
/** What an entry says; `none` shuts out. */
export type EntryRole = Role | 'none'
export type Right = (typeof RIGHTS)[number]
export type ScopeKind = 'project' | 'case' | 'slide'
export type Visible = 'private' | 'signed_in' | 'public'

/** What the members are members of. */
export interface Scope {
  kind: ScopeKind
  id: string
}

export interface Place {
  kind: ScopeKind
  object_id: string
  name: string
}

export interface Subject {
  kind: 'person' | 'group'
  subject_id: string
  name: string
  user_name: string | null
}

export interface Member {
  subject: Subject
  role: EntryRole
  rights: readonly Right[]
  /** An entry of this very place: it can be changed and removed here. */
  here: boolean
  from_place: Place | null
  /** An entry nearer to this place replaces it. */
  overridden: boolean
  since: string
}

export interface Visibility {
  /** null: as the project above. */
  setting: Visible | null
  in_force: Visible
  from_place: Place | null
  public_allowed: boolean
}

export interface MemberList {
  object: Place
  visibility: Visibility | null
  items: readonly Member[]
  my_role: Role
  may_give: readonly Right[]
}

export interface EffectiveMember {
  subject: Subject
  role: Role
  rights: readonly Right[]
  explained: string
}

export interface EffectivePage {
  items: readonly EffectiveMember[]
  next_cursor: string | null
  everybody: Role | null
}

export interface ExplainStep {
  text: string
  code: string
  place: Place | null
  via: Subject | null
  role: EntryRole | null
  decides: boolean
}

export interface Explanation {
  subject: Subject
  role: Role | null
  rights: readonly Right[]
  summary: string
  steps: readonly ExplainStep[]
}

/** What is ticked at first when somebody gets a role. */
export const DEFAULT_RIGHTS: Readonly<Record<EntryRole, readonly Right[]>> = {
  none: [],
  viewer: [],
  reviewer: ['identity'],
  annotator: ['identity'],
  editor: ['identity', 'export'],
  manager: ['identity', 'export', 'download'],
}

const ADDRESSES = { project: '/projects/{id}/members', case: '/cases/{id}/members', slide: '/slides/{id}/members' } as const

/** The address of the members of a place; its id is not a template, so that one function serves all three. */
function address({ kind, id }: Scope, rest = ''): string {
  return ADDRESSES[kind].replace('{id}', encodeURIComponent(id)) + rest
}

export function listMembers(scope: Scope, signal?: AbortSignal): Promise<MemberList> {
  return ask('GET', address(scope), { signal })
}

export function putMember(scope: Scope, subject: Subject, role: EntryRole, rights?: readonly Right[]): Promise<MemberList> {
  const body = rights === undefined ? { role } : { role, rights: [...rights] }
  return ask('PUT', address(scope, `/${subject.kind}/${subject.subject_id}`), { body })
}

export function removeMember(scope: Scope, subject: Subject): Promise<MemberList> {
  return ask('DELETE', address(scope, `/${subject.kind}/${subject.subject_id}`))
}

/** People and groups whose name begins with these words. */
export async function findSubjects(scope: Scope, q: string, signal?: AbortSignal): Promise<readonly Subject[]> {
  return (await ask<{ items: readonly Subject[] }>('GET', address(scope, '/candidates'), { query: { q }, signal })).items
}

export function listEffective(scope: Scope, cursor: string | null, signal?: AbortSignal): Promise<EffectivePage> {
  return ask('GET', address(scope, '/effective'), { query: cursor === null ? {} : { cursor }, signal })
}

export function explain(scope: Scope, personId: string, signal?: AbortSignal): Promise<Explanation> {
  return ask('GET', address(scope, '/explain'), { query: { person_id: personId }, signal })
}

export function setVisibility(projectId: string, visibility: Visible | null): Promise<MemberList> {
  return ask('PUT', '/projects/{project_id}/visibility', { path: { project_id: projectId }, body: { visibility } })
}

/** Whether I decide who gets in here. */
export function manages(one: object): boolean {
  return 'my_role' in one && one.my_role === 'manager'
}
