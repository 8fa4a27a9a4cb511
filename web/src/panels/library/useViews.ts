import { useEffect } from 'react'

import { type SavedView, listViews } from '../../api/views'
import { isAbort } from '../../api/problem'
import { Store } from '../../model/store'
import { useStore } from '../shell/useStore'

interface Views {
  views: readonly SavedView[]
  known: boolean
}

const store = new Store<Views>({ views: [], known: false })

/** The saved views, read once and again after each change. */
export function useViews(): Views {
  useEffect(() => {
    const controller = new AbortController()
    void readViews(controller.signal)
    return () => controller.abort()
  }, [])
  return useStore(store)
}

export async function readViews(signal?: AbortSignal): Promise<void> {
  try {
    store.set({ views: await listViews(signal), known: true })
  } catch (error) {
    // Without its views the library is whole otherwise; saving one says what is wrong.
    if (!isAbort(error)) store.set({ known: true })
  }
}
