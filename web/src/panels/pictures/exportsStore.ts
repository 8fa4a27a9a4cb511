import { Store } from '../../model/store'

/** Counts up whenever an export was begun or removed here, so that every list of them looks again. */
export const exportsChanged = new Store<{ count: number }>({ count: 0 })

export function tellExports(): void {
  exportsChanged.set({ count: exportsChanged.get().count + 1 })
}
