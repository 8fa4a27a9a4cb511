import { useEffect, useState } from 'react'

import { getPlace, type Place } from '../../api/viewing'
import { knownPlace, type Left } from '../../model/details'
import { styleFrom } from '../../model/style'
import type { View } from '../../model/viewlink'

/** A slide opens without its place rather than late. */
const PATIENCE_MS = 1500

interface Found {
  slideId: string
  place: Place | null
}

/**
 * Where the person left a slide: null when they never opened it or nobody asks, undefined while that is being
 * asked.
 */
export function usePlace(slideId: string | null): Left | null | undefined {
  const [found, setFound] = useState<Found | null>(null)
  const [known] = useState(() => (slideId === null ? null : knownPlace(slideId)))
  const asked = known === undefined ? slideId : null
  useEffect(() => {
    if (asked === null) return undefined
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), PATIENCE_MS)
    let left = false
    const settle = (place: Place | null) => {
      clearTimeout(timer)
      if (!left) setFound({ slideId: asked, place })
    }
    getPlace(asked, controller.signal).then(settle, () => settle(null))
    return () => {
      left = true
      clearTimeout(timer)
      controller.abort()
      setFound(null)
    }
  }, [asked])
  if (known !== undefined) return known
  return found?.slideId === slideId ? found.place : undefined
}

/** Where to start: what the link says; a link that names no place opens the slide as it was left. */
export function startOf(link: Partial<View>, place: Left | null | undefined): Partial<View> {
  if (place === null || place === undefined || Object.keys(link).length > 0) return link
  const { x, y, resolution, rotation, mirrored, plane, time, managed } = place
  return { x, y, resolution, rotation, mirrored, plane, time, managed, style: place.style === null ? null : styleFrom(place.style) }
}
