import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type Me, changeMe } from '../../api/account'
import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'
import style from './Account.module.css'
import { Section } from './Section'

/** What others see of me. */
export function ProfileSection({ me, onChanged }: { me: Me; onChanged: () => void }) {
  const { person } = me
  const [name, setName] = useState(person.name)
  const [email, setEmail] = useState(person.email ?? '')
  const [saved, setSaved] = useState(false)
  const { busy, error, run } = useTask()
  const own = person.source === 'local'
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (name.trim() === '') return
    setSaved(false)
    run(
      () => changeMe({ name: name.trim(), email: email.trim() === '' ? null : email.trim() }),
      () => {
        setSaved(true)
        onChanged()
      },
    )
  }
  return (
    <Section title={t('account.you')}>
      <p className={style.about}>
        {[
          t('account.signsInAs', { name: person.user_name }),
          person.organisation_role === null ? null : t(`role.organisation.${person.organisation_role}`),
          me.groups.length === 0 ? null : t('account.groups', { names: me.groups.map((one) => one.name).join(', ') }),
        ]
          .filter((fact) => fact !== null)
          .join(' · ')}
      </p>
      {own ? (
        <form className={form.form} onSubmit={submit}>
          <div className={style.columns}>
            <TextInput
              label={t('account.name')}
              value={name}
              maxLength={200}
              autoComplete="name"
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <TextInput
              label={t('account.email')}
              value={email}
              maxLength={254}
              inputMode="email"
              autoComplete="email"
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
          </div>
          {error !== null && <ErrorNotice compact error={error} title={t('account.notSaved')} />}
          <div className={form.buttons}>
            <Button type="submit" variant="default" loading={busy}>
              {t('account.save')}
            </Button>
            <span className={form.good} role="status">
              {saved && t('account.saved')}
            </span>
          </div>
        </form>
      ) : (
        <p className={form.note}>{t('account.external')}</p>
      )}
    </Section>
  )
}
