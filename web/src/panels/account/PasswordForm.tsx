import { Button } from '@mantine/core'
import { type ReactNode, type SyntheticEvent, useState } from 'react'

import { type Me, changePassword } from '../../api/account'
import { ApiError } from '../../api/problem'
import { t } from '../../i18n'
import { ErrorNotice, sentence } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { PasswordField } from '../shell/PasswordField'
import { useTask } from '../shell/useTask'
import { NewPassword } from '../signin/NewPassword'

interface Props {
  me: Me
  onDone: () => void
  /** What else the row of buttons offers. */
  beside?: ReactNode
}

/** The present password, where there is one, and a new one. */
export function PasswordForm({ me, onDone, beside }: Props) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [saved, setSaved] = useState(false)
  const { busy, error, run, forget } = useTask()
  const code = error instanceof ApiError ? error.code : null
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (next === '' || (me.password.set && current === '')) return
    setSaved(false)
    run(
      () => changePassword(me.password.set ? current : null, next),
      () => {
        setCurrent('')
        setNext('')
        setSaved(true)
        onDone()
      },
    )
  }
  const { user_name: userName, name, email } = me.person
  return (
    <form className={form.form} onSubmit={submit}>
      <input className="cs-unseen" value={userName} autoComplete="username" tabIndex={-1} aria-hidden="true" readOnly />
      {me.password.set && (
        <PasswordField
          label={t('password.current')}
          value={current}
          autoComplete="current-password"
          error={code === 'password_wrong' ? sentence(error) : undefined}
          onChange={(text) => {
            setCurrent(text)
            if (code === 'password_wrong') forget()
          }}
        />
      )}
      <NewPassword
        label={t('password.new')}
        value={next}
        about={{ user_name: userName, name, ...(email === null ? {} : { email }) }}
        refused={code === 'password_refused' ? sentence(error) : null}
        onChange={(text) => {
          setNext(text)
          if (code === 'password_refused') forget()
        }}
      />
      {error !== null && code !== 'password_wrong' && code !== 'password_refused' && (
        <ErrorNotice compact error={error} title={t('password.failed')} />
      )}
      <div className={form.buttons}>
        <Button type="submit" loading={busy}>
          {t(me.password.set ? 'password.change' : 'password.set')}
        </Button>
        {beside}
        <span className={form.good} role="status">
          {saved && t('password.saved')}
        </span>
      </div>
    </form>
  )
}
