import { answer, client, done } from './client'
import type { components, operations } from './schema'
import type { SlidePatch } from './slides'

type Schemas = components['schemas']
export type CaseSummary = Schemas['CaseSummary']
export type CaseDetail = Schemas['CaseDetail']
export type CaseList = Schemas['CaseList']
export type CasePatch = Schemas['CasePatch']

/** Which cases, in which order. */
export type CaseSelection = Pick<
  NonNullable<operations['list_cases']['parameters']['query']>,
  'project_id' | 'include_below' | 'q' | 'sort'
>

export function listCases(
  selection: CaseSelection,
  page: { limit: number; cursor?: string },
  signal?: AbortSignal,
): Promise<CaseList> {
  return answer(client.GET('/api/v1/cases', { params: { query: { ...selection, ...page } }, signal: signal ?? null }))
}

export function getCase(caseId: string, signal?: AbortSignal): Promise<CaseDetail> {
  return answer(client.GET('/api/v1/cases/{case_id}', { params: { path: { case_id: caseId } }, signal: signal ?? null }))
}

export function createCase(body: { project_id: string; name: string }): Promise<CaseDetail> {
  return answer(client.POST('/api/v1/cases', { body }))
}

export function changeCase(caseId: string, patch: CasePatch): Promise<CaseDetail> {
  return answer(client.PATCH('/api/v1/cases/{case_id}', { params: { path: { case_id: caseId } }, body: patch }))
}

export function trashCase(caseId: string): Promise<void> {
  return done(client.POST('/api/v1/cases/{case_id}/trash', { params: { path: { case_id: caseId } } }))
}

export function restoreCase(caseId: string): Promise<void> {
  return done(client.POST('/api/v1/cases/{case_id}/restore', { params: { path: { case_id: caseId } } }))
}

/** Change many slides alike: all of them or none. */
export function changeSlides(slideIds: readonly string[], patch: SlidePatch): Promise<void> {
  return done(client.POST('/api/v1/slides/batch', { body: { slide_ids: [...slideIds], patch } }))
}

export function moveSlides(slideIds: readonly string[], projectId: string, caseId: string | null): Promise<void> {
  const body = { slide_ids: [...slideIds], project_id: projectId, case_id: caseId }
  return done(client.POST('/api/v1/slides/move', { body }))
}

/** Make further records of the same files elsewhere; gives the new slides' ids. */
export async function copySlides(
  slideIds: readonly string[],
  projectId: string,
  caseId: string | null,
): Promise<string[]> {
  const body = { slide_ids: [...slideIds], project_id: projectId, case_id: caseId }
  return (await answer(client.POST('/api/v1/slides/copy', { body }))).slide_ids
}

export function trashSlides(slideIds: readonly string[]): Promise<void> {
  return done(client.POST('/api/v1/slides/trash', { body: { slide_ids: [...slideIds] } }))
}

export function restoreSlides(slideIds: readonly string[]): Promise<void> {
  return done(client.POST('/api/v1/slides/restore', { body: { slide_ids: [...slideIds] } }))
}
