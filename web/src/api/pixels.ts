import { answer, client } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Histograms = Schemas['HistogramOut']
export type PixelValue = Schemas['PixelOut']

/** Histograms of every channel at one focal plane and time point. */
export function getHistogram(slideId: string, plane: number, time: number, signal?: AbortSignal): Promise<Histograms> {
  const params = { path: { slide_id: slideId }, query: { plane, time } }
  return answer(client.GET('/api/v1/slides/{slide_id}/histogram', { params, signal: signal ?? null }))
}

/** The stored value of one level-0 pixel. */
export function getPixel(
  slideId: string,
  at: { x: number; y: number; plane: number; time: number },
  signal?: AbortSignal,
): Promise<PixelValue> {
  const params = { path: { slide_id: slideId }, query: at }
  return answer(client.GET('/api/v1/slides/{slide_id}/pixel', { params, signal: signal ?? null }))
}
