import { answer, client, done } from './client'
import type { components } from './schema'
import type { Project } from './slides'

type Schemas = components['schemas']
export type FieldRule = Schemas['FieldRule']
export type FieldType = Schemas['FieldType']
export type ProjectSettings = Schemas['ProjectSettingsOut']
export type SettingsBody = Required<Schemas['ProjectSettingsIn']>
export type PatternPreview = Schemas['PatternPreview']
export type PatternApplied = Schemas['PatternApplied']
export type ImportReport = Schemas['ImportReport']

/** The part of a call that says which project is meant. */
function at(projectId: string): { params: { path: { project_id: string } } } {
  return { params: { path: { project_id: projectId } } }
}

export function createProject(body: { name: string; parent_id?: string | null }): Promise<Project> {
  return answer(client.POST('/api/v1/projects', { body }))
}

export function renameProject(projectId: string, name: string): Promise<Project> {
  return answer(client.PATCH('/api/v1/projects/{project_id}', { ...at(projectId), body: { name } }))
}

export function trashProject(projectId: string): Promise<void> {
  return done(client.POST('/api/v1/projects/{project_id}/trash', at(projectId)))
}

export function restoreProject(projectId: string): Promise<void> {
  return done(client.POST('/api/v1/projects/{project_id}/restore', at(projectId)))
}

export function getSettings(projectId: string, signal?: AbortSignal): Promise<ProjectSettings> {
  return answer(client.GET('/api/v1/projects/{project_id}/settings', { ...at(projectId), signal: signal ?? null }))
}

export function saveSettings(projectId: string, body: SettingsBody): Promise<ProjectSettings> {
  return answer(client.PUT('/api/v1/projects/{project_id}/settings', { ...at(projectId), body }))
}

/** What a naming pattern would say about the project's files; nothing is written. */
export function previewPattern(projectId: string, pattern: string, signal?: AbortSignal): Promise<PatternPreview> {
  const wanted = { ...at(projectId), body: { pattern }, signal: signal ?? null }
  return answer(client.POST('/api/v1/projects/{project_id}/pattern/preview', wanted))
}

export function applyPattern(projectId: string, pattern: string, overwrite: boolean): Promise<PatternApplied> {
  const wanted = { ...at(projectId), body: { pattern, overwrite } }
  return answer(client.POST('/api/v1/projects/{project_id}/pattern/apply', wanted))
}

/** Read a CSV table into the slides' fields; a dry run only says what it would do. */
export function importMetadata(projectId: string, csv: string, dryRun: boolean): Promise<ImportReport> {
  return answer(
    client.POST('/api/v1/projects/{project_id}/metadata/import', {
      params: { path: { project_id: projectId }, query: { dry_run: dryRun } },
      body: csv,
      headers: { 'Content-Type': 'text/csv' },
      bodySerializer: (table: string) => table,
    }),
  )
}
