/** Layers, class lists and histories of a slide, and slides by what is drawn on them. */
import type { AnnotationClass, ClassList, Entry, Layer, Moment, Review } from '../model/annotations/types'
import { json } from './json'

function ofSlide(slideId: string, rest: string): string {
  return `/api/v1/slides/${encodeURIComponent(slideId)}${rest}`
}

export type LayerPatch = Partial<Pick<Layer, 'name' | 'visibility' | 'locked' | 'opacity' | 'order'>>

export function createLayer(slideId: string, body: Pick<Layer, 'layer_id' | 'name' | 'visibility'>): Promise<Layer> {
  return json('POST', ofSlide(slideId, '/layers'), body)
}

export function changeLayer(slideId: string, layerId: string, patch: LayerPatch): Promise<Layer> {
  return json('PATCH', ofSlide(slideId, `/layers/${layerId}`), patch)
}

export function deleteLayer(slideId: string, layerId: string): Promise<void> {
  return json('DELETE', ofSlide(slideId, `/layers/${layerId}`))
}

export function getClasses(slideId: string, signal?: AbortSignal): Promise<ClassList> {
  return json('GET', ofSlide(slideId, '/classes'), undefined, signal)
}

/** Give a project its own class list; what hangs below it takes it too. */
export function putClasses(projectId: string, classes: readonly AnnotationClass[], rev: number): Promise<ClassList> {
  return json('PUT', `/api/v1/projects/${encodeURIComponent(projectId)}/classes`, { classes, rev })
}

export async function getHistory(slideId: string, annotationId: string, signal?: AbortSignal): Promise<readonly Entry[]> {
  return listOf(await json<Listed<Entry>>('GET', ofSlide(slideId, `/annotations/${annotationId}/history`), undefined, signal))
}

export async function getTimeline(slideId: string, signal?: AbortSignal): Promise<readonly Moment[]> {
  return listOf(await json<Listed<Moment>>('GET', ofSlide(slideId, '/annotations/timeline'), undefined, signal))
}

/** The last entries of a slide's journal, newest last. */
export async function getLastEntries(slideId: string, head: number, most: number, signal?: AbortSignal): Promise<readonly Entry[]> {
  const query = new URLSearchParams({ after: String(Math.max(0, head - most)), limit: String(most) })
  return listOf(await json<Listed<Entry>>('GET', ofSlide(slideId, `/journal?${query.toString()}`), undefined, signal))
}

export interface AnnotatedQuery {
  class_name?: string
  author_id?: string
  since?: string
  until?: string
  review?: Review
  project_id?: string
}

export interface AnnotatedSlide {
  slide_id: string
  name: string
  project_id: string | null
  count: number
  changed_at: string
}

/** Slides that have annotations of this kind. */
export async function findAnnotated(
  query: AnnotatedQuery,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<{ items: readonly AnnotatedSlide[]; next_cursor: string | null }> {
  const params = new URLSearchParams({ limit: '50', ...query, ...(cursor === null ? {} : { cursor }) })
  return json('GET', `/api/v1/annotations/slides?${params.toString()}`, undefined, signal)
}

type Listed<T> = readonly T[] | { entries: readonly T[] } | { items: readonly T[] }

function listOf<T>(answer: Listed<T>): readonly T[] {
  if (Array.isArray(answer)) return answer as readonly T[]
  return 'entries' in answer ? answer.entries : (answer as { items: readonly T[] }).items
}
