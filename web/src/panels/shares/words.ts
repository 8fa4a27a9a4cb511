import type { Share } from '../../api/shares'
import { formatDeadline, formatSince, t } from '../../i18n'

export function nameOf({ recipient }: Pick<Share, 'recipient'>): string {
  return recipient === '' ? t('shares.anybody') : recipient
}

/** How often a link was opened, and of how many times. */
export function opensOf({ opens, maximum_opens: most }: Share): string {
  if (most !== null) return t('shares.fact.opensOf', { opens, most })
  return opens === 0 ? t('shares.fact.never') : t('shares.fact.opens', { count: opens })
}

/** Until when, how often, when last and from where. */
export function factsOf(share: Share): string[] {
  const { ended_at: ended, ended_why: why, last_seen_at: seen, last_seen_from: from } = share
  return [
    ended === null ? t('shares.fact.until', { time: formatDeadline(share.expires_at) }) : t('shares.fact.ended', { time: formatSince(ended) }),
    ...(why === null ? [] : [t(`shares.why.${why}`)]),
    opensOf(share),
    ...(seen === null
      ? []
      : [from === null ? t('shares.fact.seen', { time: formatSince(seen) }) : t('shares.fact.seenFrom', { time: formatSince(seen), address: from })]),
    t('shares.fact.by', { name: share.made_by.name }),
  ]
}
