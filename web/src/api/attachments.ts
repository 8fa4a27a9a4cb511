import { answer, client, done } from './client'
import type { components } from './schema'

export type Attachment = components['schemas']['AttachmentOut']

/** What files are attached to. */
export interface Owner {
  readonly kind: 'slide' | 'case'
  readonly id: string
}

export async function listAttachments({ kind, id }: Owner, signal?: AbortSignal): Promise<Attachment[]> {
  const how = { signal: signal ?? null }
  const list =
    kind === 'slide'
      ? client.GET('/api/v1/slides/{slide_id}/attachments', { params: { path: { slide_id: id } }, ...how })
      : client.GET('/api/v1/cases/{case_id}/attachments', { params: { path: { case_id: id } }, ...how })
  return (await answer(list)).items
}

export function attach({ kind, id }: Owner, file: File): Promise<Attachment> {
  // The schema writes a file as text; what is sent is a form that carries it.
  const form = { body: { file: '' }, bodySerializer: () => formOf(file) }
  return answer(
    kind === 'slide'
      ? client.POST('/api/v1/slides/{slide_id}/attachments', { params: { path: { slide_id: id } }, ...form })
      : client.POST('/api/v1/cases/{case_id}/attachments', { params: { path: { case_id: id } }, ...form }),
  )
}

export function deleteAttachment(attachmentId: string): Promise<void> {
  const params = { path: { attachment_id: attachmentId } }
  return done(client.DELETE('/api/v1/attachments/{attachment_id}', { params }))
}

export function attachmentUrl(attachmentId: string): string {
  return `/api/v1/attachments/${encodeURIComponent(attachmentId)}`
}

function formOf(file: File): FormData {
  const form = new FormData()
  form.append('file', file)
  return form
}
