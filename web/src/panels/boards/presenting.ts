/** What presenting does to the page around it: identity is hidden as each stop wants it, and afterwards is as before. */
import { useEffect } from 'react'

import { identity } from '../../api/identity'

/** How it was before, and the stop it was last set for: hiding names draws the page anew, which must not forget them. */
let before: boolean | null = null
let applied: string | null = null

/** Hide identity, or show it, for a stop; what the person switches by hand meanwhile holds until the next. */
export function applyIdentity(stopId: string, hide: boolean): void {
  if (before === null) before = identity.get()
  if (applied === stopId) return
  applied = stopId
  identity.set(hide)
}

/** Before anything is known of the board: names are hidden. */
export function beginHidden(): void {
  if (before !== null) return
  before = identity.get()
  identity.set(true)
}

export function endIdentity(): void {
  const was = before
  before = null
  applied = null
  if (was !== null) identity.set(was)
}

/** Keep the screen on (Screen Wake Lock); browsers take it away whenever the page is hidden. */
export function useAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null
    let ended = false
    const take = () => {
      if (!('wakeLock' in navigator) || document.visibilityState !== 'visible') return
      navigator.wakeLock.request('screen').then(
        (held) => {
          if (ended) void held.release()
          else lock = held
        },
        () => {
          // A browser that saves its battery says no: then the screen's own time holds.
        },
      )
    }
    take()
    document.addEventListener('visibilitychange', take)
    return () => {
      ended = true
      document.removeEventListener('visibilitychange', take)
      void lock?.release()
    }
  }, [])
}
