import { useEffect, useRef } from 'react'

import { listSlides } from '../../api/slides'
import { go } from '../../shell/navigation'
import { slidePath } from '../../shell/routes'

const PAUSE_MS = 500
/** Registering the sample takes a second; after a minute the list says better what is wrong. */
const TRIES = 120

/** Opens the sample as soon as it is registered. */
export function useSample(): (projectId: string) => void {
  const controller = useRef<AbortController | null>(null)
  useEffect(() => () => controller.current?.abort(), [])
  return (projectId) => {
    controller.current?.abort()
    controller.current = new AbortController()
    void openWhenReady(projectId, controller.current.signal).catch(() => undefined)
  }
}

async function openWhenReady(projectId: string, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const page = await listSlides({ project_id: projectId, state: ['ready'] }, { limit: 1 }, signal)
    const slide = page.items[0]
    if (slide !== undefined) {
      go(slidePath(slide.slide_id))
      return
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    signal.throwIfAborted()
  }
}
