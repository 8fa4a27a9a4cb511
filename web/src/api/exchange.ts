/** Annotations as files: in, out, and those that lie beside slides. */
import type { Geometry } from './annotationTypes'
import { saveAddress } from './exports'
import { json, sendBytes } from './json'

/** Which corner of a file is (0, 0): that of the whole plane, or of the part that holds pixels. */
export type Frame = 'full' | 'cropped'

export interface FileFormat {
  name: string
  title: string
  suffix: string
  /** Which plane files of this format usually mean. */
  frame: Frame
  imported: boolean
  exported: boolean
}

export async function listFormats(signal?: AbortSignal): Promise<readonly FileFormat[]> {
  return (await json<{ items: FileFormat[] }>('GET', '/api/v1/annotations/formats', undefined, signal)).items
}

/** What a file holds, and what became or would become of it. */
export interface ImportReport {
  file_name: string
  format: string
  title: string
  frame: Frame
  /** Where the cropped plane begins on the slide; both zero where there is only one plane. */
  offset: readonly [number, number]
  objects: number
  object_types: Readonly<Record<string, number>>
  classes: readonly { name: string; count: number; colour: string | null; new: boolean }[]
  /** A layer of drawn objects, or result layers of what is too much to be drawn or was detected. */
  goes: readonly { kind: 'drawn' | 'polygon' | 'point'; count: number; layer_id: string | null; name: string }[]
  lost: readonly { what: string; count: number }[]
  preview: readonly { geometry: Geometry; colour: string | null }[]
}

export interface ImportChoice {
  /** null: what files of the format usually mean. */
  frame: Frame | null
  layer_name: string
  visibility: 'private' | 'project'
}

function importAddress(slideId: string, file: File, { frame, layer_name, visibility }: ImportChoice, dry: boolean): string {
  const query = new URLSearchParams({ format: 'auto', file_name: file.name, dry_run: String(dry), layer_name, visibility })
  if (frame !== null) query.set('frame', frame)
  return `/api/v1/slides/${encodeURIComponent(slideId)}/annotations/import?${query.toString()}`
}

/** Read a file without keeping anything. */
export function previewImport(slideId: string, file: File, choice: ImportChoice, signal?: AbortSignal): Promise<ImportReport> {
  return sendBytes(importAddress(slideId, file, choice, true), file, signal)
}

export function importFile(slideId: string, file: File, choice: ImportChoice): Promise<ImportReport> {
  return sendBytes(importAddress(slideId, file, choice, false), file)
}

/** Let the browser save the annotations of a slide, or of one of its layers. */
export function saveExport(slideId: string, format: string, frame: Frame, layerId: string | null): void {
  const query = new URLSearchParams({ format, frame, ...(layerId === null ? {} : { layer_id: layerId }) })
  saveAddress(`/api/v1/slides/${encodeURIComponent(slideId)}/annotations/export?${query.toString()}`)
}

export interface BesideFiles {
  items: readonly { slide_id: string; slide_name: string; file_name: string; format: string; size_bytes: number }[]
  total: number
  truncated: boolean
}

/** Annotation files that lie beside the slides of a project and were not imported yet. */
export function listBesideFiles(projectId: string, signal?: AbortSignal): Promise<BesideFiles> {
  return json('GET', `/api/v1/projects/${encodeURIComponent(projectId)}/annotation-files`, undefined, signal)
}

/** Have them imported in the background. */
export function importBesideFiles(projectId: string): Promise<{ job_id: string | null; files: number }> {
  return json('POST', `/api/v1/projects/${encodeURIComponent(projectId)}/annotation-files`, {})
}
