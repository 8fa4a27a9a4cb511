import { useSyncExternalStore } from 'react'

const SMALL = '(max-width: 599px)'

function watch(changed: () => void): () => void {
  const query = window.matchMedia(SMALL)
  query.addEventListener('change', changed)
  return () => query.removeEventListener('change', changed)
}

/** Whether the window is a telephone's, where one slide at a time has room. */
export function useSmall(): boolean {
  return useSyncExternalStore(watch, () => window.matchMedia(SMALL).matches)
}
