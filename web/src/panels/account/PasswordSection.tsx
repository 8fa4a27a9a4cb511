import type { Me } from '../../api/account'
import { formatMoment, t } from '../../i18n'
import { PasswordForm } from './PasswordForm'
import style from './Account.module.css'
import { Section } from './Section'

/** Change my password. */
export function PasswordSection({ me, onChanged }: { me: Me; onChanged: () => void }) {
  if (!me.may_change_password) return null
  const { set, changed_at: changed } = me.password
  const text = !set ? t('password.none') : changed === null ? undefined : t('password.changed', { time: formatMoment(changed) })
  return (
    <Section title={t('password.title')} {...(text === undefined ? {} : { text })}>
      <div className={style.narrow}>
        <PasswordForm me={me} onDone={onChanged} />
      </div>
    </Section>
  )
}
