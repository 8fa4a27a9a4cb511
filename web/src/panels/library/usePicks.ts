import { useMemo, useState } from 'react'

import type { SlideSummary } from '../../api/slides'
import { NO_PICKS, type Picks, keepPicks, pickRange, togglePick } from '../../model/list/picks'

export interface Picking {
  /** The ids of the picked slides. */
  readonly ids: ReadonlySet<string>
  /** The picked slides in the order of the list; empty when none is picked. */
  readonly slides: readonly SlideSummary[]
  toggle: (index: number) => void
  /** From the last picked slide, or from the one at `from`, to this one. */
  range: (index: number, from: number) => void
  all: () => void
  clear: () => void
}

/** Which slides are picked for doing something with all of them; those that leave the list are given up. */
export function usePicks(items: readonly SlideSummary[], list: string): Picking {
  const [state, setState] = useState<{ list: string; picks: Picks | 'all' }>({ list, picks: NO_PICKS })
  // Another list begins with nothing picked.
  const picks = state.list === list ? state.picks : NO_PICKS
  const ids = useMemo(() => items.map((slide) => slide.slide_id), [items])
  const present = useMemo(() => new Set(ids), [ids])
  const chosen = useMemo(() => (picks === 'all' ? present : keepPicks(picks, present).ids), [picks, present])
  const slides = useMemo(() => items.filter((slide) => chosen.has(slide.slide_id)), [items, chosen])
  const now: Picks = { ids: chosen, anchor: picks === 'all' ? null : picks.anchor }
  const set = (next: Picks | 'all'): void => setState({ list, picks: next })
  return {
    ids: chosen,
    slides,
    toggle: (index) => {
      const id = ids[index]
      if (id !== undefined) set(togglePick(now, id))
    },
    range: (index, from) => {
      const id = ids[index]
      if (id !== undefined) set(pickRange(now, ids, id, ids[from] ?? null))
    },
    all: () => set('all'),
    clear: () => set(NO_PICKS),
  }
}
