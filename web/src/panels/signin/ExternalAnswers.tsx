import { t } from '../../i18n'
import notice from '../shell/ErrorNotice.module.css'
import form from '../shell/Form.module.css'
import { Link } from '../shell/Link'
import { Sheet } from '../shell/Sheet'

const PROBLEMS = [
  'external_refused',
  'challenge_ended',
  'provider_unavailable',
  'name_taken_elsewhere',
  'account_pending',
  'sign_in_refused',
  'too_many_attempts',
] as const

/** Why somebody who came back from the organisation's page is not signed in. */
export function ExternalProblem({ code }: { code: string }) {
  const known = PROBLEMS.find((one) => one === code) ?? 'other'
  return (
    <div className={notice.compact} role="alert">
      <p className={notice.title}>{t('external.notSignedIn')}</p>
      <p className={notice.text}>{t(`external.problem.${known}`)}</p>
    </div>
  )
}

/** The tab in which somebody signed in for a page that waits in another one. */
export function Returned() {
  return (
    <Sheet title={t('external.returned')}>
      <div className={form.form}>
        <p className={form.text}>{t('external.returnedText')}</p>
        <Link href="/" className={form.way}>
          {t('external.goOn')}
        </Link>
      </div>
    </Sheet>
  )
}
