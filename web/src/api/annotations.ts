/** Annotations over HTTP: the snapshot of a slide, its journal, operations, layers, classes, finding. */
import type { AnnotationClass, ClassList, Entry, JournalPage, Layer, Moment, Op, OpAnswer, Review, Snapshot } from './annotationTypes'
import { csrfHeaders, raw } from './client'
import { guestHeaders } from './guest'

/** Most entries of one page of the journal. */
const PAGE = 1000

const slide = (slideId: string, rest: string): string => `/api/v1/slides/${encodeURIComponent(slideId)}/${rest}`

type Query = Readonly<Record<string, string | number | boolean | undefined>>

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  // Reading keeps no session alive.
  const headers = { 'X-Coverslip-Background': '1', ...guestHeaders() }
  return (await (await raw(path, { headers, signal: signal ?? null })).json()) as T
}

async function send(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', ...csrfHeaders(), ...guestHeaders() }
  return raw(path, { method, headers, signal: signal ?? null, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
}

async function sent<T>(method: 'POST' | 'PUT' | 'PATCH', path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await (await send(method, path, body, signal)).json()) as T
}

export interface SnapshotQuery {
  layer_id?: string
  class_id?: string
  author_id?: string
  review?: Review
  /** As it stood at this place in the journal. */
  at_seq?: number
  /** Only what lies in the trash. */
  deleted?: boolean
}

/** Everything drawn and said on a slide. */
export function getAnnotations(slideId: string, query: SnapshotQuery = {}, signal?: AbortSignal): Promise<Snapshot> {
  return get(withQuery(slide(slideId, 'annotations'), { ...query }), signal)
}

/** What came after `after`, in order. */
export function getJournal(slideId: string, after: number, signal?: AbortSignal): Promise<JournalPage> {
  return get(withQuery(slide(slideId, 'journal'), { after, limit: PAGE }), signal)
}

/** Send changes. Each is decided by itself; `guestName` is how somebody without an account wants to be called. */
export function sendOps(slideId: string, ops: readonly Op[], guestName?: string, signal?: AbortSignal): Promise<OpAnswer> {
  return sent('POST', slide(slideId, 'annotations/ops'), { ops, ...(guestName && { guest_name: guestName }) }, signal)
}

export async function getHistory(slideId: string, annotationId: string, signal?: AbortSignal): Promise<readonly Entry[]> {
  return (await get<{ entries: Entry[] }>(slide(slideId, `annotations/${encodeURIComponent(annotationId)}/history`), signal)).entries
}

/** When the slide's annotations changed, oldest first. */
export async function getTimeline(slideId: string, signal?: AbortSignal): Promise<readonly Moment[]> {
  return (await get<{ items: Moment[] }>(slide(slideId, 'annotations/timeline'), signal)).items
}

export async function listLayers(slideId: string, signal?: AbortSignal): Promise<readonly Layer[]> {
  return (await get<{ items: Layer[] }>(slide(slideId, 'layers'), signal)).items
}

export type LayerIn = Partial<Pick<Layer, 'layer_id' | 'name' | 'visibility' | 'opacity' | 'order'>>
export type LayerPatch = Partial<Pick<Layer, 'name' | 'visibility' | 'locked' | 'opacity' | 'order'>> & { deleted?: false }

/** Make a layer; made again by the same person it is the one that is there. */
export function makeLayer(slideId: string, body: LayerIn, guestName?: string, signal?: AbortSignal): Promise<Layer> {
  return sent('POST', slide(slideId, 'layers'), { ...body, ...(guestName && { guest_name: guestName }) }, signal)
}

export function changeLayer(slideId: string, layerId: string, body: LayerPatch): Promise<Layer> {
  return sent('PATCH', slide(slideId, `layers/${encodeURIComponent(layerId)}`), body)
}

export async function deleteLayer(slideId: string, layerId: string): Promise<void> {
  await send('DELETE', slide(slideId, `layers/${encodeURIComponent(layerId)}`))
}

/** The classes that hold for a slide: those of the nearest project that has a list, else the ones we bring. */
export function getSlideClasses(slideId: string, signal?: AbortSignal): Promise<ClassList> {
  return get(slide(slideId, 'classes'), signal)
}

export function getProjectClasses(projectId: string, signal?: AbortSignal): Promise<ClassList> {
  return get(`/api/v1/projects/${encodeURIComponent(projectId)}/classes`, signal)
}

/** Replace a project's list; `rev` is the one that was read, so that two people do not write over each other. */
export function putProjectClasses(projectId: string, classes: readonly AnnotationClass[], rev: number): Promise<ClassList> {
  return sent('PUT', `/api/v1/projects/${encodeURIComponent(projectId)}/classes`, { classes, rev })
}

export interface FindQuery {
  class_id?: string
  class_name?: string
  author_id?: string
  since?: string
  until?: string
  review?: Review
  project_id?: string
  limit?: number
  cursor?: string
}

export interface FoundSlides {
  items: readonly { slide_id: string; count: number; changed_at: string }[]
  next_cursor: string | null
}

/** Slides with annotations that match. */
export function findAnnotatedSlides(query: FindQuery, signal?: AbortSignal): Promise<FoundSlides> {
  return get(withQuery('/api/v1/annotations/slides', { ...query }), signal)
}
