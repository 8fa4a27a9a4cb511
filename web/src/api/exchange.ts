/** Annotations as files: in, out, and those that lie beside slides. */
import type { Geometry } from '../model/annotations/types'
import { saveAddress } from './exports'
import { json, sendBytes } from './json'

export const EXPORT_FORMATS = [
  'qupath',
  'geojson',
  'imagescope',
  'asap',
  'histomicsui',
  'camicroscope',
  'ome_xml',
  'imagej',
  'coco',
  'geoparquet',
  'label_mask',
  'class_masks',
  'csv',
] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** Which corner of a file is (0, 0): that of the whole plane, or of the part that holds pixels. */
export type Frame = 'full' | 'cropped'

/** What a file holds, and what became or would become of it. */
export interface ImportReport {
  format: string
  frame: Frame
  /** Whether the frame was known from the format, or should be asked for. */
  frame_sure?: boolean
  counts: { objects: number; [kind: string]: number }
  classes: readonly { name: string; colour: string | null; count: number; known: boolean }[]
  /** A layer for hand-drawn objects, or one of results where there are too many or they were detected. */
  goes_to: 'drawn' | 'result'
  layer_id: string | null
  lost: readonly string[]
  preview: readonly Geometry[]
}

export interface ImportChoice {
  format: string
  frame: Frame | 'auto'
  layer_id?: string
}

function importAddress(slideId: string, { format, frame, layer_id }: ImportChoice, dry: boolean): string {
  const query = new URLSearchParams({ format, frame, dry_run: String(dry), ...(layer_id === undefined ? {} : { layer_id }) })
  return `/api/v1/slides/${encodeURIComponent(slideId)}/annotations/import?${query.toString()}`
}

/** Read a file without keeping anything. */
export function previewImport(slideId: string, file: File, choice: ImportChoice, signal?: AbortSignal): Promise<ImportReport> {
  return sendBytes(importAddress(slideId, choice, true), file, signal)
}

export function importFile(slideId: string, file: File, choice: ImportChoice): Promise<ImportReport> {
  return sendBytes(importAddress(slideId, choice, false), file)
}

/** Let the browser save the annotations of a slide, or of one of its layers. */
export function saveExport(slideId: string, format: string, layerId: string | null): void {
  const query = new URLSearchParams({ format, ...(layerId === null ? {} : { layer_id: layerId }) })
  saveAddress(`/api/v1/slides/${encodeURIComponent(slideId)}/annotations/export?${query.toString()}`)
}

export interface BesideFile {
  path: string
  slide_id: string
  slide_name: string
  format: string
}

/** Annotation files that lie beside the slides of a project and were not imported yet. */
export async function listBesideFiles(projectId: string, signal?: AbortSignal): Promise<readonly BesideFile[]> {
  const address = `/api/v1/projects/${encodeURIComponent(projectId)}/annotation-files`
  return (await json<{ items?: readonly BesideFile[]; files?: readonly BesideFile[] }>('GET', address, undefined, signal).then(
    (found) => found.items ?? found.files ?? [],
  ))
}

/** Have them imported in the background. */
export function importBesideFiles(projectId: string): Promise<{ count: number }> {
  return json('POST', `/api/v1/projects/${encodeURIComponent(projectId)}/annotation-files`, {})
}
