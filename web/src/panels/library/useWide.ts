import { useSyncExternalStore } from 'react'

/** Room for the side panes beside the list; below it they come as drawers. The same width is in the style sheets. */
const WIDE = '(min-width: 62.01rem)'

/** True when the side panes have room beside the list. */
export function useWide(): boolean {
  return useSyncExternalStore(watch, () => window.matchMedia(WIDE).matches)
}

function watch(listener: () => void): () => void {
  const media = window.matchMedia(WIDE)
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}
