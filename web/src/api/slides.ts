import { answer, client } from './client'
import { asGuestAddress } from './guest'
import { identity } from './identity'
import type { components, operations } from './schema'

type Schemas = components['schemas']
export type SlideSummary = Schemas['SlideSummary']
export type SlideDetail = Schemas['SlideDetail']
export type SlideList = Schemas['SlideList']
export type SlideState = Schemas['SlideState']
export type SlidePatch = Schemas['SlidePatch']
export type StainKind = Schemas['StainKind']
/** A value of a free field or of one that a project's schema describes. */
export type FieldValue = SlideSummary['fields'][string]
export type Facet = Schemas['Facet']
export type Neighbours = Schemas['Neighbours']
export type Project = Schemas['ProjectOut']
export type SlideSort = NonNullable<NonNullable<operations['list_slides']['parameters']['query']>['sort']>

/** Which slides, in which order; the same words as the API's query. */
export interface SlideSelection {
  project_id?: string
  q?: string
  state?: SlideState[]
  format?: string[]
  case_id?: string
  stain?: string[]
  tag?: string[]
  rating_min?: number
  sort?: SlideSort
}

/** One page of a list, beginning after `cursor`. */
export function listSlides(
  selection: SlideSelection,
  page: { limit: number; cursor?: string },
  signal?: AbortSignal,
): Promise<SlideList> {
  return answer(client.GET('/api/v1/slides', { params: { query: { ...selection, ...page } }, signal: signal ?? null }))
}

export function getSlide(slideId: string, signal?: AbortSignal): Promise<SlideDetail> {
  return answer(client.GET('/api/v1/slides/{slide_id}', { params: { path: { slide_id: slideId } }, signal: signal ?? null }))
}

/** Where a slide stands in a list, and which slides lie beside it. */
export function getNeighbours(slideId: string, selection: SlideSelection, signal?: AbortSignal): Promise<Neighbours> {
  const params = { path: { slide_id: slideId }, query: selection }
  return answer(client.GET('/api/v1/slides/{slide_id}/neighbours', { params, signal: signal ?? null }))
}

/** Rename a slide or say how large its pixels are. */
export function changeSlide(slideId: string, patch: SlidePatch): Promise<SlideDetail> {
  return answer(client.PATCH('/api/v1/slides/{slide_id}', { params: { path: { slide_id: slideId } }, body: patch }))
}

export async function listProjects(signal?: AbortSignal): Promise<Project[]> {
  return (await answer(client.GET('/api/v1/projects', { signal: signal ?? null }))).items
}

/** The address of a slide's thumbnail, at most `size` pixels long; it names the version, so it may be cached. */
export function thumbnailUrl(slideId: string, version: string | null, size: number): string {
  const seen = version === null ? '' : `&v=${version}`
  return asGuestAddress(`/api/v1/slides/${slideId}/thumbnail?size=${size}${seen}`)
}

/** The address of the label, the macro image and their like; none while identity is hidden. */
export function associatedUrl(slideId: string, name: string): string {
  if (identity.get()) return '/hidden.svg'
  return asGuestAddress(`/api/v1/slides/${slideId}/associated/${encodeURIComponent(name)}`)
}

/** The address of a list as a CSV table: the same slides in the same order, with all their fields. */
export function tableUrl(selection: SlideSelection): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(selection)) {
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one))
  }
  return `/api/v1/slides/table?${params.toString()}`
}

/** The address of the slide's own file, or of a zip of its files. */
export function downloadUrl(slideId: string): string {
  return `/api/v1/slides/${slideId}/download`
}
