import { useSyncExternalStore } from 'react'

import type { Readable } from '../../model/store'

/** Watch a part of a store; `select` must give the same value for the same state. */
export function useSelected<T extends object, S>(store: Readable<T>, select: (value: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()))
}
