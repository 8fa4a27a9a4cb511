import { answer, client, done } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type ExportOut = Schemas['ExportOut']
export type ExportIn = Schemas['ExportIn']
export type Estimate = Schemas['EstimateOut']
export type Download = Schemas['DownloadOut']

/** How large an export would be; nothing is written. */
export function estimateExport(slideId: string, wanted: ExportIn, signal: AbortSignal): Promise<Estimate> {
  const params = { path: { slide_id: slideId }, query: wanted }
  return answer(client.GET('/api/v1/slides/{slide_id}/exports/estimate', { params, signal }))
}

/** Have a slide, or a rectangle of it, written in the background. */
export function startExport(slideId: string, wanted: ExportIn): Promise<ExportOut> {
  return answer(client.POST('/api/v1/slides/{slide_id}/exports', { params: { path: { slide_id: slideId } }, body: wanted }))
}

/** One's own exports, newest first. */
export async function listExports(signal: AbortSignal): Promise<ExportOut[]> {
  return (await answer(client.GET('/api/v1/exports', { signal }))).items
}

/** Stop an export, or remove a finished one with its file. */
export function removeExport(exportId: string): Promise<void> {
  return done(client.DELETE('/api/v1/exports/{export_id}', { params: { path: { export_id: exportId } } }))
}

/** The address of the file of a finished export. */
export function exportFileUrl(exportId: string): string {
  return `/api/v1/exports/${exportId}/file`
}

/** How many slides one archive may hold. */
export const MOST_DOWNLOADED = 200

/**
 * Save the originals of some slides as one zip. Whether it can be had is asked first, so that a refusal is an
 * `ApiError` here and not a page; then the browser saves it as it saves any file.
 */
export async function downloadSlides(slideIds: readonly string[]): Promise<Download> {
  const slide_id = [...slideIds]
  const found = await answer(client.GET('/api/v1/downloads/size', { params: { query: { slide_id } } }))
  saveAddress(`/api/v1/downloads?${new URLSearchParams(slide_id.map((id) => ['slide_id', id])).toString()}`)
  return found
}

/** Let the browser save what lies at an address; an empty name takes the server's. */
export function saveAddress(address: string, name = ''): void {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
}

/** Let the browser save bytes as a file. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  saveAddress(address, name)
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
