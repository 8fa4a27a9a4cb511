import { useSyncExternalStore } from 'react'

import type { Readable } from '../../model/store'

/** The present value of a store; the component draws again when it changes. */
export function useStore<T>(store: Readable<T>): T {
  return useSyncExternalStore(store.subscribe.bind(store), store.get.bind(store))
}
