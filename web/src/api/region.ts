import { ApiError, isAbort, problemFrom, UNREACHABLE } from './problem'

export interface RegionQuery {
  x: number
  y: number
  width: number
  height: number
  downsample: number
  format: string
  style: string | null
  plane: number | string
  time: number
}

/** A rectangle of a slide as the bytes of a file. */
export async function fetchRegion(slide: { slide_id: string; version: string | null }, query: RegionQuery): Promise<Blob> {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...query, v: slide.version }))
    if (value !== null) words.set(name, String(value))
  let response: Response
  try {
    response = await fetch(`/api/v1/slides/${slide.slide_id}/region?${words.toString()}`, { credentials: 'same-origin' })
  } catch (error) {
    if (isAbort(error)) throw error
    throw new ApiError(UNREACHABLE, '', 0, null)
  }
  if (!response.ok) throw problemFrom(response, await response.json().catch(() => null))
  return response.blob()
}
