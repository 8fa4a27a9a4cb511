import { Button } from '@mantine/core'

import type { Arrival, ArrivalState } from '../../api/uploads'
import { formatBytes, formatPercent, formatSince, t } from '../../i18n'
import { slidePath } from '../../shell/routes'
import { Link } from '../shell/Link'
import { Icon, type IconName } from '../shell/icons'
import rows from '../shell/Rows.module.css'
import style from './Arrivals.module.css'

const ICONS: Record<ArrivalState, IconName> = {
  receiving: 'up',
  waiting: 'clock',
  working: 'clock',
  done: 'check',
  failed: 'warning',
  duplicate: 'info',
}

interface Props {
  arrival: Arrival
  onRetry: (keep: boolean) => void
}

/** One thing that arrived: what became of it, why not, and what can be done. */
export function ArrivalRow({ arrival, onRetry }: Props) {
  const { name, state } = arrival
  const slide = arrival.slide_ids[0]
  return (
    <li className={style.row}>
      <span className={state === 'failed' ? style.bad : state === 'done' ? style.good : style.state}>
        <Icon name={ICONS[state]} size={16} />
        {t(`imports.state.${state}`)}
      </span>
      <div className={style.what}>
        <span className={rows.name}>{name}</span>
        <span className={style.quiet}>{factsOf(arrival)}</span>
        {arrival.reason !== null && (
          <span className={state === 'failed' ? style.reason : style.quiet}>{arrival.reason.message}</span>
        )}
        {state === 'done' && arrival.duplicate_of !== null && (
          <span className={style.reason}>{t('imports.same')}</span>
        )}
      </div>
      <div className={style.actions}>
        {state === 'done' && slide !== undefined && (
          <Link href={slidePath(slide)} className={style.link} aria-label={t('imports.openSlideOf', { name })}>
            {t('imports.openSlide')}
          </Link>
        )}
        {arrival.duplicate_of !== null && (
          <Link
            href={slidePath(arrival.duplicate_of)}
            className={style.link}
            aria-label={t('imports.openSameOf', { name })}
          >
            {t('imports.openSame')}
          </Link>
        )}
        {arrival.can_retry && (
          <Button
            size="sm"
            variant="default"
            className={style.action}
            aria-label={state === 'duplicate' ? t('imports.keepOf', { name }) : t('imports.retryOf', { name })}
            onClick={() => onRetry(state === 'duplicate')}
          >
            {state === 'duplicate' ? t('imports.keep') : t('imports.retry')}
          </Button>
        )}
      </div>
    </li>
  )
}

function factsOf(arrival: Arrival): string {
  const facts = [t(`imports.kind.${arrival.kind}`), formatSince(arrival.updated_at)]
  if (arrival.file_count > 1) facts.push(t('imports.files', { count: arrival.file_count }))
  if (arrival.size_bytes > 0) facts.push(formatBytes(arrival.size_bytes))
  if (arrival.state === 'receiving') {
    facts.push(formatPercent(arrival.size_bytes === 0 ? 0 : arrival.received_bytes / arrival.size_bytes))
  }
  if (arrival.slide_ids.length > 1) facts.push(t('imports.slides', { count: arrival.slide_ids.length }))
  if (arrival.case !== null) facts.push(t('imports.case', { name: arrival.case }))
  return facts.join(' · ')
}
