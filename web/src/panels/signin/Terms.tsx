import { getTerms } from '../../api/account'
import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useLoaded } from '../shell/useLoaded'
import style from './Terms.module.css'

/** The terms of use as the administrator wrote them: plain text. */
export function Terms() {
  const { value: terms, error, again } = useLoaded(getTerms)
  if (error !== null) return <ErrorNotice compact error={error} title={t('terms.failed')} onRetry={again} />
  return (
    <div className={style.terms} role="document" tabIndex={0} aria-label={t('terms.title')}>
      {terms?.text}
    </div>
  )
}
