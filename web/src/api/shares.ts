/** Share links: for whoever makes them, and for the stranger who opens one. */
import { answer, client, done, setCsrfToken } from './client'
import type { ScopeKind } from './members'
import type { components } from './schema'

type Schemas = components['schemas']
export type Share = Schemas['ShareOut']
export type ShareMade = Schemas['NewShare']
export type NewShare = Schemas['ShareIn']
export type SharePatch = Schemas['SharePatch']
export type ShareMay = Share['may']
export type ShareWarning = Schemas['ShareWarning']
export type ShareState = 'active' | 'ended' | 'all'
export type SharePage = Schemas['ShareList']
/** What a stranger may know before they open a link; looking changes nothing. */
export type ShareLook = Schemas['ShareLook']

/** Most links of one page of the list. */
const PAGE = 50

export interface ShareQuery {
  objectId?: string
  state: ShareState
  after?: string
}

export function makeShare(body: NewShare): Promise<ShareMade> {
  return answer(client.POST('/api/v1/shares', { body }))
}

/** Links of one object; without one all those that I may see. */
export function listShares({ objectId, state, after }: ShareQuery, signal?: AbortSignal): Promise<SharePage> {
  const query = { state, limit: PAGE, ...(objectId && { object_id: objectId }), ...(after && { after }) }
  return answer(client.GET('/api/v1/shares', { params: { query }, signal: signal ?? null }))
}

export function changeShare(shareId: string, body: SharePatch): Promise<Share> {
  return answer(client.PATCH('/api/v1/shares/{share_id}', { params: { path: { share_id: shareId } }, body }))
}

/** End a link at once; it stays in the list. */
export function revokeShare(shareId: string): Promise<void> {
  return done(client.DELETE('/api/v1/shares/{share_id}', { params: { path: { share_id: shareId } } }))
}

/** The address at which I see what the recipient will see. */
export async function previewShare(shareId: string): Promise<string> {
  return (await answer(client.POST('/api/v1/shares/{share_id}/preview', { params: { path: { share_id: shareId } } }))).url
}

/** Free text that the recipient would read and that looks like a name or an accession. */
export async function checkShare(
  body: { kind: ScopeKind; object_id: string; note: string; recipient: string; identity: boolean },
  signal?: AbortSignal,
): Promise<readonly ShareWarning[]> {
  return (await answer(client.POST('/api/v1/shares/check', { body, signal: signal ?? null }))).warnings
}

// The token travels in bodies only: addresses stand in logs and histories.

/** What a link is for; without a token the one by which this browser came, also after its end. */
export function lookAtShare(token: string | null, signal?: AbortSignal): Promise<ShareLook> {
  return answer(client.POST('/api/v1/share/look', { body: { token }, signal: signal ?? null }))
}

/** Open a link: counts once, and from now on this browser looks at what was shared. Gives where to begin. */
export async function openShare(token: string, password: string | null): Promise<string> {
  // In the frame of another page the cookie must be one for frames.
  const body = { token, embedded: window.parent !== window, ...(password === null ? {} : { password }) }
  const { csrf_token: csrf, start } = await answer(client.POST('/api/v1/share/open', { body }))
  setCsrfToken(csrf)
  return start.path
}

/** Tell the sender that I have seen what they sent. */
export function sayDone(message: string): Promise<void> {
  return done(client.POST('/api/v1/share/done', { body: { message } }))
}

/** Ask the sender for more time, after the end; without a token the one of the link by which this browser came. */
export function askForMore(token: string | null, message: string): Promise<void> {
  return done(client.POST('/api/v1/share/request', { body: { token, message } }))
}
