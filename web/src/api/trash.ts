import { answer, client } from './client'
import type { components } from './schema'

export type TrashItem = components['schemas']['TrashItem']
export type Purged = components['schemas']['Purged']
export type TrashPage = components['schemas']['TrashList']

export function listTrash(cursor: string | null, signal?: AbortSignal): Promise<TrashPage> {
  const query = cursor === null ? {} : { cursor }
  return answer(client.GET('/api/v1/trash', { params: { query }, signal: signal ?? null }))
}

/** Delete for good what lies in the trash: some of it, or (null) all. */
export function purgeTrash(objectIds: readonly string[] | null): Promise<Purged> {
  return answer(client.POST('/api/v1/trash/purge', { body: { object_ids: objectIds === null ? null : [...objectIds] } }))
}
