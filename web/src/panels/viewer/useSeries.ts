import { useEffect, useState } from 'react'

import { type CaseDetail, getCase } from '../../api/cases'
import { getNeighbours, listSlides, type Neighbours, type SlideDetail, type SlideSummary } from '../../api/slides'
import { currentPlace } from '../../shell/navigation'
import { useGuestSlides } from '../share/useGuestSlides'
import { useGuest } from '../shell/session'
import { selectionOf } from './selection'

/** The slides that Page Up and Page Down walk: those of the case, else those of the list the slide was opened from. */
export interface Series {
  /** The case's name; null for a list. */
  caseName: string | null
  /** In their order, as far as they are known: a list is long. */
  slides: readonly SlideSummary[]
  /** From 1. */
  position: number
  total: number
  previousId: string | null
  nextId: string | null
}

/** A list is read as far as this to find the slide in it. */
const PAGE = 100
const MOST_PAGES = 5

/**
 * The slides around one; for the guest of a share link those of the link. `slide` may be missing for as long as it loads; `listed` asks for the list itself, too,
 * where there is no case.
 */
export function useSeries(slideId: string | null, slide: SlideDetail | null, listed: boolean): Series | null {
  const guest = useGuest()
  const { slides: shared } = useGuestSlides(guest, slideId)
  const caseId = guest !== null || slide === null ? null : slide.case_id
  const found = useCase(caseId)
  const inList = guest === null && slide !== null && caseId === null
  const neighbours = useNeighbours(inList ? slideId : null)
  const list = useList(inList && listed ? slideId : null)
  if (slideId === null) return null
  if (guest !== null) return shared === null ? null : seriesOf(null, shared, slideId)
  if (found !== null && (slide === null || caseId === found.case_id)) return seriesOf(found.name, found.slides, slideId)
  if (caseId !== null || neighbours === null) return null
  const { position, total, previous_id: previousId, next_id: nextId } = neighbours
  return { caseName: null, slides: list, position, total, previousId, nextId }
}

function seriesOf(caseName: string | null, slides: readonly SlideSummary[], slideId: string): Series | null {
  const at = slides.findIndex((one) => one.slide_id === slideId)
  if (at < 0) return null
  const previousId = slides[at - 1]?.slide_id ?? null
  return { caseName, slides, position: at + 1, total: slides.length, previousId, nextId: slides[at + 1]?.slide_id ?? null }
}

function useCase(caseId: string | null): CaseDetail | null {
  const [found, setFound] = useState<CaseDetail | null>(null)
  useEffect(() => {
    if (caseId === null) return undefined
    const controller = new AbortController()
    // Without its case a slide can still be looked at; there is only nothing to walk.
    getCase(caseId, controller.signal).then(setFound, () => undefined)
    return () => controller.abort()
  }, [caseId])
  return found
}

function useNeighbours(slideId: string | null): Neighbours | null {
  const [found, setFound] = useState<{ slideId: string; neighbours: Neighbours } | null>(null)
  useEffect(() => {
    if (slideId === null) return undefined
    const controller = new AbortController()
    // The list is a convenience: without it the buttons simply stay off.
    getNeighbours(slideId, selectionOf(currentPlace().search), controller.signal).then(
      (neighbours) => setFound({ slideId, neighbours }),
      () => undefined,
    )
    return () => controller.abort()
  }, [slideId])
  return found !== null && found.slideId === slideId ? found.neighbours : null
}

const NONE: readonly SlideSummary[] = []

function useList(slideId: string | null): readonly SlideSummary[] {
  const [slides, setSlides] = useState<readonly SlideSummary[]>(NONE)
  const there = slideId === null || slides.some((one) => one.slide_id === slideId)
  useEffect(() => {
    if (slideId === null || there) return undefined
    const controller = new AbortController()
    readUntil(slideId, controller.signal).then(setSlides, () => undefined)
    return () => controller.abort()
  }, [slideId, there])
  return slides
}

/** The list from its beginning to the page that holds the slide. */
async function readUntil(slideId: string, signal: AbortSignal): Promise<readonly SlideSummary[]> {
  const selection = selectionOf(currentPlace().search)
  const slides: SlideSummary[] = []
  let cursor: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const part = await listSlides(selection, { limit: PAGE, ...(cursor === null ? {} : { cursor }) }, signal)
    slides.push(...part.items)
    cursor = part.next_cursor
    if (cursor === null || slides.some((one) => one.slide_id === slideId)) break
  }
  return slides
}
