import { answer, client, csrfHeaders, raw } from './client'
import type { components } from './schema'

export type UnfinishedUpload = components['schemas']['UploadOut']
export type Arrival = components['schemas']['ArrivalOut']
export type ArrivalState = components['schemas']['ArrivalState']
export type ArrivalPage = components['schemas']['ArrivalList']

const TUS = { 'Tus-Resumable': '1.0.0' }

/** What is told of a file before its bytes come. */
export interface Announced {
  path: string
  size: number
  sha256: string
  project: string | null
  case: string | null
  group: string
  groupFiles: number
  keep: boolean
}

export interface Begun {
  uploadId: string
  arrivalId: string
  offset: number
}

/** Announce a file; one that was announced before goes on where it stopped. */
export async function createUpload(file: Announced): Promise<Begun> {
  const said: Record<string, string> = {
    path: file.path,
    sha256: file.sha256,
    group: file.group,
    group_files: String(file.groupFiles),
    ...(file.project === null ? {} : { project: file.project }),
    ...(file.case === null ? {} : { case: file.case }),
    ...(file.keep ? { keep: 'true' } : {}),
  }
  const pairs = Object.entries(said).map(([key, value]) => `${key} ${base64(value)}`)
  const headers = { ...TUS, 'Upload-Length': String(file.size), 'Upload-Metadata': pairs.join(',') }
  const response = await raw('/api/v1/uploads', { method: 'POST', headers: { ...headers, ...csrfHeaders() } })
  return {
    uploadId: (response.headers.get('Location') ?? '').split('/').at(-1) ?? '',
    arrivalId: response.headers.get('Coverslip-Arrival') ?? '',
    offset: offsetOf(response),
  }
}

/** How much of an upload the server has. */
export async function uploadOffset(uploadId: string, signal: AbortSignal): Promise<number> {
  return offsetOf(await raw(`/api/v1/uploads/${uploadId}`, { method: 'HEAD', headers: TUS, signal }))
}

/** Send the next piece; the answer means that it is on the server's disk. */
export async function sendPiece(
  uploadId: string,
  offset: number,
  piece: Blob,
  more: { sha256?: string; signal: AbortSignal },
): Promise<number> {
  const headers: Record<string, string> = {
    ...TUS,
    ...csrfHeaders(),
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Offset': String(offset),
  }
  if (more.sha256 !== undefined) headers['Upload-Sha256'] = more.sha256
  const response = await raw(`/api/v1/uploads/${uploadId}`, {
    method: 'PATCH',
    headers,
    body: piece,
    signal: more.signal,
  })
  return offsetOf(response)
}

/** Cancel an upload; the server deletes what came of it. */
export async function deleteUpload(uploadId: string): Promise<void> {
  await raw(`/api/v1/uploads/${uploadId}`, { method: 'DELETE', headers: { ...TUS, ...csrfHeaders() } })
}

/** My uploads that are not finished, also from before this page was loaded. */
export async function listUploads(signal?: AbortSignal): Promise<UnfinishedUpload[]> {
  return (await answer(client.GET('/api/v1/uploads', { signal: signal ?? null }))).items
}

/** A page of the log of what arrived, newest first. */
export function listArrivals(
  query: { state?: ArrivalState[]; cursor?: string | null },
  signal?: AbortSignal,
): Promise<ArrivalPage> {
  return answer(client.GET('/api/v1/imports/arrivals', { params: { query }, signal: signal ?? null }))
}

export function getArrival(arrivalId: string, signal?: AbortSignal): Promise<Arrival> {
  return answer(
    client.GET('/api/v1/imports/arrivals/{arrival_id}', {
      params: { path: { arrival_id: arrivalId } },
      signal: signal ?? null,
    }),
  )
}

/** Try again what failed; `keep` registers it although the same bytes are here. */
export function retryArrival(arrivalId: string, keep: boolean): Promise<Arrival> {
  return answer(
    client.POST('/api/v1/imports/arrivals/{arrival_id}/retry', {
      params: { path: { arrival_id: arrivalId } },
      body: { keep },
    }),
  )
}

function offsetOf(response: Response): number {
  return Number(response.headers.get('Upload-Offset') ?? 0)
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))
}
