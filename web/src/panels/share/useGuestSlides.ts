import { useCallback, useEffect, useState } from 'react'

import { isAbort } from '../../api/problem'
import type { Guest } from '../../api/session'
import { type SlideSummary, listSlides } from '../../api/slides'
import { inOrder } from '../../model/shares'

const PAGE = 500
/** A share of more slides than this is read as far as it goes. */
const MOST_PAGES = 4

interface Found {
  /** Null until the first answer. */
  slides: readonly SlideSummary[] | null
  error: unknown
  again: () => void
}

/** The slides of a share in the sender's order, read again when `wanted` is not among them; none for anybody else. */
export function useGuestSlides(guest: Guest | null, wanted: string | null): Found {
  const [slides, setSlides] = useState<readonly SlideSummary[] | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  const shareId = guest?.share_id ?? null
  const there = slides !== null && (wanted === null || slides.some((one) => one.slide_id === wanted))
  useEffect(() => {
    if (shareId === null || there) return undefined
    const controller = new AbortController()
    readAll(controller.signal).then(setSlides, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [shareId, there, attempt])
  const again = useCallback(() => {
    setError(null)
    setAttempt((before) => before + 1)
  }, [])
  return { slides: slides === null ? null : inOrder(slides, guest?.start.slide_ids_order), error, again }
}

async function readAll(signal: AbortSignal): Promise<readonly SlideSummary[]> {
  const slides: SlideSummary[] = []
  let cursor: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const part = await listSlides({}, { limit: PAGE, ...(cursor === null ? {} : { cursor }) }, signal)
    slides.push(...part.items)
    cursor = part.next_cursor
    if (cursor === null) break
  }
  return slides
}
