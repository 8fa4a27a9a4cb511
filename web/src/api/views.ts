import { answer, client, done } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
/** A list somebody wants to see again: its filters and columns under a name. */
export type SavedView = Schemas['SavedViewOut']
export type ViewQuery = Record<string, string | string[]>

export async function listViews(signal?: AbortSignal): Promise<SavedView[]> {
  return (await answer(client.GET('/api/v1/views', { signal: signal ?? null }))).items
}

export function createView(body: Schemas['SavedViewIn']): Promise<SavedView> {
  return answer(client.POST('/api/v1/views', { body }))
}

export function changeView(viewId: string, body: Schemas['SavedViewPatch']): Promise<SavedView> {
  return answer(client.PATCH('/api/v1/views/{view_id}', { params: { path: { view_id: viewId } }, body }))
}

export function deleteView(viewId: string): Promise<void> {
  return done(client.DELETE('/api/v1/views/{view_id}', { params: { path: { view_id: viewId } } }))
}
