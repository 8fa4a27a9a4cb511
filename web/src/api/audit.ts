import { answer, client } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type AuditRecord = Schemas['AuditRecord']
export type AuditKind = Schemas['Kind']
export type AuditOutcome = Schemas['Outcome']
export type AuditFormat = Schemas['AuditFormat']
export type Sighting = Schemas['Sighting']

/** Which records; the same words as the API's query. */
export interface AuditSelection {
  who?: string
  what?: AuditKind
  object?: string
  since?: string
  until?: string
  outcome?: AuditOutcome
}

/** One page of the trail, newest first. */
export function listAudit(
  selection: AuditSelection,
  page: { limit: number; cursor?: string },
  signal?: AbortSignal,
): Promise<Schemas['AuditRecords']> {
  const query = { ...selection, ...page }
  return answer(client.GET('/api/v1/audit/records', { params: { query }, signal: signal ?? null }))
}

/** Who saw what `selection.object` names. */
export function listSightings(selection: AuditSelection, signal?: AbortSignal): Promise<Schemas['Sightings']> {
  return answer(client.GET('/api/v1/audit/sightings', { params: { query: selection }, signal: signal ?? null }))
}

/** The address of the same records as a file. */
export function auditExportUrl(selection: AuditSelection, format: AuditFormat): string {
  return `/api/v1/audit/export?${new URLSearchParams({ ...selection, format }).toString()}`
}

/** The address of the trail's end, signed. */
export const AUDIT_HEAD_URL = '/api/v1/audit/head'
