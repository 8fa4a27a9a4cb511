import { Button } from '@mantine/core'

import { ApiError, UNREACHABLE } from '../../api/problem'
import { t } from '../../i18n'
import style from './ErrorNotice.module.css'

interface Props {
  error: unknown
  /** What was attempted, as a heading. */
  title?: string
  onRetry?: () => void
  compact?: boolean
}

/** What went wrong in one sentence, its code and request id, and a way to try again. */
export function ErrorNotice({ error, title, onRetry, compact = false }: Props) {
  const problem = error instanceof ApiError ? error : null
  return (
    <div className={compact ? style.compact : style.notice} role="alert">
      <p className={style.title}>{title ?? t('error.title')}</p>
      <p className={style.text}>{sentence(error)}</p>
      {problem && problem.status > 0 && (
        <p className={style.facts}>
          <span>{t('error.code', { code: problem.code })}</span>
          {problem.request_id !== null && <span>{t('error.request', { requestId: problem.request_id })}</span>}
        </p>
      )}
      {onRetry && (
        <Button size="xs" variant="default" onClick={onRetry}>
          {t('error.retry')}
        </Button>
      )}
    </div>
  )
}

/** The sentence to show for any error. */
export function sentence(error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.unexpected')
  if (error.code === UNREACHABLE) return t('error.unreachable')
  const details = error.problems.map((problem) => problem.detail).filter((detail) => !error.message.includes(detail))
  return [error.message, ...details].join(' ')
}
