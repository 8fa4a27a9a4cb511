import { Store } from '../../model/store'

/** Layers that I do not look at now; for as long as the page, as nobody else minds. */
export const hiddenLayers = new Store<{ ids: ReadonlySet<string> }>({ ids: new Set() })

export function toggleLayer(layerId: string): void {
  const ids = new Set(hiddenLayers.get().ids)
  if (!ids.delete(layerId)) ids.add(layerId)
  hiddenLayers.set({ ids })
}
