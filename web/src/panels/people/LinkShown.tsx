import { Button } from '@mantine/core'

import type { AccountLink } from '../../api/people'
import { formatMoment, t } from '../../i18n'
import { CopyField } from '../shell/CopyField'
import form from '../shell/Form.module.css'

/** A link for somebody, shown once; whether it was also sent is said as it is. */
export function LinkShown({ link, onDone }: { link: AccountLink; onDone: () => void }) {
  return (
    <div className={form.form}>
      <p className={form.text}>{t(link.kind === 'reset' ? 'links.reset' : 'links.invitation')}</p>
      <CopyField label={t('links.address')} value={link.url} />
      <p className={form.quiet}>{t('links.until', { time: formatMoment(link.expires_at) })}</p>
      {link.mailed && <p className={form.good}>{t('links.mailed')}</p>}
      {link.mail_problem !== null && (
        <p className={form.warning}>
          {t('links.notMailed')} {link.mail_problem}
        </p>
      )}
      <div className={form.foot}>
        <Button onClick={onDone}>{t('links.done')}</Button>
      </div>
    </div>
  )
}
