import { useEffect, useState } from 'react'

import { type AppFacts, getApp } from '../../api/session'

let known: Promise<AppFacts> | null = null

/** Version, notice and whether a sample is at hand; asked once, null until answered. */
export function useApp(): AppFacts | null {
  const [app, setApp] = useState<AppFacts | null>(null)
  useEffect(() => {
    let here = true
    known ??= getApp()
    known.then(
      (facts) => {
        if (here) setApp(facts)
      },
      // Whatever keeps this answer away shows itself on the page's own requests.
      () => {
        known = null
      },
    )
    return () => {
      here = false
    }
  }, [])
  return app
}
