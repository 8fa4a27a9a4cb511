/** What recipients said since somebody looked last: that they are done, or that they need more time. */
import type { Share } from '../api/shares'

export interface News {
  kind: 'done' | 'request'
  share: Share
  at: string
}

/** Everything after `seen`, the newest first; an empty `seen` is before everything. */
export function newsOf(shares: readonly Share[], seen: string): readonly News[] {
  const all = shares.flatMap((share): News[] => [
    ...(share.done_at === null ? [] : [{ kind: 'done' as const, share, at: share.done_at }]),
    ...share.requests.map(({ requested_at: at }) => ({ kind: 'request' as const, share, at })),
  ])
  const since = seen === '' ? Number.NEGATIVE_INFINITY : Date.parse(seen)
  return all.filter(({ at }) => Date.parse(at) > since).sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
}
