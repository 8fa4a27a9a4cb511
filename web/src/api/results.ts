/** Result layers and raster overlays over HTTP. */
import type { Geometry, ObjectType, Position } from './annotationTypes'
import { csrfHeaders, raw } from './client'
import { asGuestAddress, guestHeaders } from './guest'

/** One column as the server lists it. */
export interface ColumnOut {
  name: string
  kind: 'number' | 'category'
  min: number | null
  max: number | null
  categories: string[] | null
}

/** A drawn object that stands for one of the layer; `bounds` are those of the layer's object. */
export interface CorrectionOut {
  object_no: number
  annotation_id: string
  seq: number
  removed: boolean
  deleted: boolean
  bounds: number[]
}

export interface ResultOut {
  object_count: number
  columns: ColumnOut[]
  /** Their places are the codes of the column `class`. */
  classes: { name: string; class_id: string | null; colour: string | null }[]
  geometry: 'polygon' | 'point'
  object_type: ObjectType
  levels: { z: number; downsample: number; tile_size_px: number; full: boolean }[]
  base_version: string
  corrections_rev: number
  corrections: CorrectionOut[]
  bounds: number[] | null
}

export interface ObjectOut {
  object_no: number
  geometry: Geometry
  nucleus: Geometry | null
  class_name: string | null
  class_id: string | null
  /** Those that it has. */
  measurements: Record<string, number>
  categories: Record<string, string>
  area_px: number
  area_um2: number | null
  centroid: number[]
  corrected_by: string | null
}

/** What one measurement comes to over a region; `sd` is of the sample. */
export interface SpreadOut {
  count: number
  mean: number | null
  sd: number | null
  min: number | null
  max: number | null
}

export interface SummaryOut {
  count: number
  /** By name; the empty name for objects without a class. */
  classes: Record<string, number>
  columns: Record<string, SpreadOut>
  categories: Record<string, Record<string, number>>
  area_mm2: number | null
  density_per_mm2: number | null
  object_area_um2: SpreadOut | null
}

export const EXPORT_FORMATS = ['geojson', 'geoparquet', 'csv'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** Rings, the outline first; a region of the slide. */
export type Region = readonly (readonly Position[])[]

/** Where everything of a layer lies. */
export function layerAddress(slideId: string, layerId: string): string {
  return `/api/v1/slides/${slideId}/layers/${layerId}/result`
}

export async function getResult(address: string, signal: AbortSignal): Promise<ResultOut> {
  return (await get(address, signal)).json() as Promise<ResultOut>
}

export function tileAddress(address: string, z: number, x: number, y: number, version: string, rev: number): string {
  return `${address}/tiles/${z}/${x}/${y}.mvt?v=${version}&rev=${rev}`
}

/** The middles of all objects as they arrive. */
export function getCentroids(address: string, version: string, signal: AbortSignal): Promise<Response> {
  return get(`${address}/centroids?v=${version}`, signal)
}

export async function getColumn(address: string, name: string, version: string, signal: AbortSignal): Promise<ArrayBuffer> {
  return (await get(`${address}/columns/${encodeURIComponent(name)}?v=${version}`, signal)).arrayBuffer()
}

export async function getObject(address: string, object_no: number, signal: AbortSignal): Promise<ObjectOut> {
  return (await get(`${address}/objects/${object_no}`, signal)).json() as Promise<ObjectOut>
}

/** The numbers of the objects whose middle lies in a region. */
export async function selectObjects(address: string, polygon: Region, signal: AbortSignal): Promise<number[]> {
  const found = (await post(`${address}/select`, { polygon }, signal)) as { object_nos: number[] }
  return found.object_nos
}

/** Figures of a region, or of the whole layer. */
export async function summarise(address: string, polygon: Region | null, signal: AbortSignal): Promise<SummaryOut> {
  return (await post(`${address}/summary`, { polygon }, signal)) as SummaryOut
}

/** What a link to the file says; the browser follows it by itself. */
export function exportAddress(address: string, format: ExportFormat): string {
  return asGuestAddress(`${address}/export?format=${format}`)
}

export function overlayTileAddress(slideId: string, layerId: string, z: number, x: number, y: number, style: string): string {
  // An overlay never changes: any version says that its tiles may be kept.
  return `/api/v1/slides/${slideId}/layers/${layerId}/overlay/tiles/${z}/${x}/${y}?style=${style}&v=1`
}

function get(address: string, signal: AbortSignal): Promise<Response> {
  return raw(address, { signal, headers: { ...guestHeaders(), 'X-Coverslip-Background': '1' } })
}

async function post(address: string, body: unknown, signal: AbortSignal): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json', ...csrfHeaders(), ...guestHeaders() }
  const response = await raw(address, { method: 'POST', signal, headers, body: JSON.stringify(body) })
  return response.json() as Promise<unknown>
}
