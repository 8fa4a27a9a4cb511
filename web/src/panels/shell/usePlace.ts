import { useSyncExternalStore } from 'react'

import { type Place, currentPlace, onPlaceChange } from '../../shell/navigation'

/** Where the browser is; the component draws again when that changes. */
export function usePlace(): Place {
  return useSyncExternalStore(onPlaceChange, currentPlace)
}
