import { useCallback, useEffect, useRef, useState } from 'react'

import { type Arrival, type ArrivalState, listArrivals, retryArrival } from '../../api/uploads'
import { onArrived } from '../../model/upload/uploads'

const LOOK_MS = 3000

interface Page {
  readonly items: readonly Arrival[]
  readonly next: string | null
  readonly counts: Readonly<Partial<Record<ArrivalState, number>>>
}

interface Arrivals {
  page: Page | null
  error: unknown
  retryError: unknown
  more: () => void
  retry: (arrival: Arrival, keep: boolean) => void
}

/** The log of what arrived, read again every few seconds while somebody looks. */
export function useArrivals(state: ArrivalState | null): Arrivals {
  const [page, setPage] = useState<Page | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [retryError, setRetryError] = useState<unknown>(null)
  const older = useRef<readonly Arrival[]>([])
  const look = useCallback(async () => {
    try {
      const found = await listArrivals(state === null ? {} : { state: [state] })
      const newest = new Set(found.items.map((one) => one.arrival_id))
      const kept = older.current.filter((one) => !newest.has(one.arrival_id))
      setPage((before) => ({
        items: [...found.items, ...kept],
        next: kept.length > 0 ? (before?.next ?? null) : found.next_cursor,
        counts: found.counts,
      }))
      setError(null)
    } catch (failure) {
      setError(failure)
    }
  }, [state])
  useEffect(() => {
    older.current = []
    void look()
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void look()
    }, LOOK_MS)
    const stop = onArrived(() => void look())
    return () => {
      clearInterval(timer)
      stop()
    }
  }, [look])
  const more = (): void => {
    if (page === null || page.next === null) return
    listArrivals({ cursor: page.next, ...(state === null ? {} : { state: [state] }) }).then((found) => {
      older.current = [...older.current, ...found.items]
      setPage({ items: [...page.items, ...found.items], next: found.next_cursor, counts: found.counts })
    }, setError)
  }
  const retry = (arrival: Arrival, keep: boolean): void => {
    setRetryError(null)
    retryArrival(arrival.arrival_id, keep).then(() => void look(), setRetryError)
  }
  return { page, error, retryError, more, retry }
}
