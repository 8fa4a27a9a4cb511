import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type RegistrationState, register } from '../api/links'
import { ApiError } from '../api/problem'
import { type SignInOptions, getSignInOptions } from '../api/session'
import { t } from '../i18n'
import { ErrorNotice, sentence } from '../panels/shell/ErrorNotice'
import form from '../panels/shell/Form.module.css'
import { Link } from '../panels/shell/Link'
import { Sheet } from '../panels/shell/Sheet'
import { useLoaded } from '../panels/shell/useLoaded'
import { useTask } from '../panels/shell/useTask'
import { NewPassword } from '../panels/signin/NewPassword'

/** Ask for an account, where the administrator lets people do that. */
export function Register() {
  const { value: options, error, again } = useLoaded(getSignInOptions)
  const [state, setState] = useState<RegistrationState | null>(null)
  const closed = options?.registration === 'off'
  return (
    <Sheet title={t(state === null ? 'register.title' : `register.${state}`)}>
      <div className={form.form}>
        {error !== null && <ErrorNotice compact error={error} onRetry={again} />}
        {closed && <p className={form.text}>{t('register.closed')}</p>}
        {state !== null && <p className={form.text}>{t(`register.${state}Text`)}</p>}
        {options !== null && !closed && state === null && <RegisterForm options={options} onDone={setState} />}
        <Link href="/signin" className={form.way}>
          {t('link.signIn')}
        </Link>
      </div>
    </Sheet>
  )
}

function RegisterForm({ options, onDone }: { options: SignInOptions; onDone: (state: RegistrationState) => void }) {
  const approval = options.registration === 'approval'
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [userName, setUserName] = useState('')
  const [password, setPassword] = useState('')
  const [note, setNote] = useState('')
  const { busy, error, run, forget } = useTask()
  const code = error instanceof ApiError ? error.code : null
  const missing = name.trim() === '' || email.trim() === '' || (approval && (userName.trim() === '' || password === ''))
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (missing) return
    const person = { name: name.trim(), email: email.trim() }
    const rest = { user_name: userName.trim(), password, ...(note.trim() === '' ? {} : { note: note.trim() }) }
    run(
      () => register(approval ? { ...person, ...rest } : person),
      onDone,
    )
  }
  return (
    <form className={form.form} onSubmit={submit}>
      <p className={form.text}>
        {approval ? t('register.byApproval') : t('register.byDomain', { domains: options.registration_domains.join(', ') })}
      </p>
      <TextInput label={t('account.name')} value={name} maxLength={200} autoComplete="name" onChange={(event) => setName(event.currentTarget.value)} />
      <TextInput
        label={t('account.email')}
        value={email}
        maxLength={254}
        inputMode="email"
        autoComplete="email"
        error={code === 'domain_refused' ? sentence(error) : undefined}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      {approval && (
        <>
          <TextInput
            label={t('signIn.userName')}
            description={t('link.userNameHint')}
            value={userName}
            maxLength={64}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setUserName(event.currentTarget.value)}
          />
          <NewPassword
            label={t('link.password')}
            value={password}
            about={{ user_name: userName, name, email }}
            refused={code === 'password_refused' ? sentence(error) : null}
            onChange={(text) => {
              setPassword(text)
              if (code === 'password_refused') forget()
            }}
          />
          <TextInput label={t('register.note')} description={t('register.noteHint')} value={note} maxLength={500} onChange={(event) => setNote(event.currentTarget.value)} />
        </>
      )}
      {error !== null && code !== 'domain_refused' && code !== 'password_refused' && (
        <ErrorNotice compact error={error} title={t('register.failed')} />
      )}
      <Button type="submit" size="md" loading={busy} disabled={missing}>
        {t('register.ask')}
      </Button>
    </form>
  )
}
