import { useEffect, useState } from 'react'

import { type SlideSelection, listSlides } from '../../api/slides'

/** How many slides each list holds. The list on the page does not say these, so they are asked when somebody looks. */
export function useCounts(selections: readonly SlideSelection[]): readonly number[] {
  const [counts, setCounts] = useState<readonly number[]>([])
  const asked = JSON.stringify(selections)

  useEffect(() => {
    const controller = new AbortController()
    const wanted = JSON.parse(asked) as readonly SlideSelection[]
    Promise.all(wanted.map((one) => listSlides(one, { limit: 1 }, controller.signal))).then(
      (pages) => setCounts(pages.map((page) => page.total)),
      () => undefined, // a filter without its numbers still filters
    )
    return () => controller.abort()
  }, [asked])

  return counts
}
