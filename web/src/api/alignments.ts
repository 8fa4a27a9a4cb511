import { answerOrNull, client, done } from './client'
import type { components } from './schema'

export type AlignmentOut = components['schemas']['AlignmentOut']
export type AlignmentIn = components['schemas']['AlignmentIn']

/** How level-0 pixels of the first slide lie on the other, whichever of the two it was kept for; null when nobody aligned them. */
export function getAlignment(slideId: string, otherId: string): Promise<AlignmentOut | null> {
  return answerOrNull(client.GET('/api/v1/alignments/{slide_id}/{other_id}', at(slideId, otherId)))
}

export async function putAlignment(slideId: string, otherId: string, body: AlignmentIn): Promise<void> {
  await done(client.PUT('/api/v1/alignments/{slide_id}/{other_id}', { ...at(slideId, otherId), body }))
}

export async function deleteAlignment(slideId: string, otherId: string): Promise<void> {
  await done(client.DELETE('/api/v1/alignments/{slide_id}/{other_id}', at(slideId, otherId)))
}

function at(slideId: string, otherId: string) {
  return { params: { path: { slide_id: slideId, other_id: otherId } } }
}
