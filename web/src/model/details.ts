/**
 * Details of slides, and where they were left, asked for in advance: so the next slide opens without waiting for
 * the server.
 */
import { identity } from '../api/identity'
import { getSlide, type SlideDetail } from '../api/slides'
import { getPlace, type Place } from '../api/viewing'
import type { View } from './viewlink'

/** Where a slide was left. */
export type Left = Omit<Place, 'seen_at'>

/** What opening a slide needs. */
export interface Ahead {
  slide: SlideDetail
  place: Left | null
}

const KEPT = 40

const kept = new Map<string, SlideDetail>()
const places = new Map<string, Left | null>()
const asked = new Map<string, Promise<Ahead | null>>()

// With names, or without them: what was read before is the other one.
identity.subscribe(forgetDetails)

/** What is known of a slide; it may be a few minutes old. */
export function knownDetail(slideId: string): SlideDetail | null {
  return kept.get(slideId) ?? null
}

/** Where a slide was left; undefined when that is not known here. */
export function knownPlace(slideId: string): Left | null | undefined {
  return places.get(slideId)
}

/** A slide was left like this, here and now. */
export function rememberPlace(slideId: string, { style, ...view }: View): void {
  places.delete(slideId)
  places.set(slideId, { ...view, style: style === null ? null : { ...style } })
  trim(places)
}

export function rememberDetail(slide: SlideDetail): void {
  kept.delete(slide.slide_id)
  kept.set(slide.slide_id, slide)
  trim(kept)
}

function trim(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    if (map.size <= KEPT) break
    map.delete(oldest)
  }
}

export function forgetDetail(slideId: string): void {
  kept.delete(slideId)
}

/** Somebody else gets a new page; this is for what must be read again with names or without. */
export function forgetDetails(): void {
  kept.clear()
  places.clear()
  asked.clear()
}

/** Ask in advance; null when the slide cannot be had, which whoever opens it will be told. */
export function askAhead(slideId: string): Promise<Ahead | null> {
  const running = asked.get(slideId)
  if (running !== undefined) return running
  const asking = both(slideId).then((found) => {
    // Forgotten meanwhile: then it is not to be kept either.
    const wanted = asked.get(slideId) === asking
    asked.delete(slideId)
    if (!wanted || found?.slide.state !== 'ready') return null
    rememberDetail(found.slide)
    if (!places.has(slideId)) places.set(slideId, found.place)
    return found
  })
  asked.set(slideId, asking)
  return asking
}

async function both(slideId: string): Promise<Ahead | null> {
  const place = places.get(slideId)
  try {
    const known = kept.get(slideId) ?? getSlide(slideId)
    const [slide, left] = await Promise.all([known, place === undefined ? getPlace(slideId) : place])
    return { slide, place: left }
  } catch {
    return null
  }
}
