/** Which slides are marked for doing something with all of them; `anchor` is where a range begins. */
export interface Picks {
  readonly ids: ReadonlySet<string>
  readonly anchor: string | null
}

export const NO_PICKS: Picks = { ids: new Set(), anchor: null }

/** Add a slide, or take it out again. */
export function togglePick(picks: Picks, id: string): Picks {
  const ids = new Set(picks.ids)
  if (!ids.delete(id)) ids.add(id)
  return { ids, anchor: id }
}

/**
 * Mark everything from the anchor to `id`, as `order` shows it, and nothing else.
 * `from` stands in for an anchor that is not there any more, usually the slide that has the focus.
 */
export function pickRange(picks: Picks, order: readonly string[], id: string, from: string | null = null): Picks {
  const to = order.indexOf(id)
  if (to < 0) return picks
  const known = picks.anchor === null ? -1 : order.indexOf(picks.anchor)
  const start = known >= 0 ? known : Math.max(0, from === null ? to : order.indexOf(from))
  const range = order.slice(Math.min(start, to), Math.max(start, to) + 1)
  return { ids: new Set(range), anchor: order[start] ?? id }
}

export function pickAll(order: readonly string[]): Picks {
  return { ids: new Set(order), anchor: order[0] ?? null }
}

/** The marks without slides that are gone; the same object when nothing is. */
export function keepPicks(picks: Picks, present: ReadonlySet<string>): Picks {
  const ids = new Set([...picks.ids].filter((id) => present.has(id)))
  return ids.size === picks.ids.size ? picks : { ids, anchor: picks.anchor }
}
