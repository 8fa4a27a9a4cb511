import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { passkeysWork, showPasskey } from '../../api/passkeys'
import { ApiError } from '../../api/problem'
import { type SecondFactor, type Session, beginPasskey, isSecondFactor, signInByPasskey, signInByPassword } from '../../api/session'
import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { PasswordField } from '../shell/PasswordField'
import { useTask } from '../shell/useTask'
import { SecondFactorForm } from './SecondFactorForm'

interface Props {
  /** False where the server is not reached by a name that passkeys could belong to. */
  passkeys?: boolean
  /** Whoever was here before; only they may come back. */
  userName?: string
  /** Whose accounts the same fields are for, besides those kept here. */
  titles?: readonly string[]
  onDone: (session: Session) => void
}

/** User name and password or a passkey, and then the second factor where one is asked for. */
export function SignInForm({ passkeys = true, userName, titles = [], onDone }: Props) {
  const [name, setName] = useState(userName ?? '')
  const [password, setPassword] = useState('')
  const [step, setStep] = useState<SecondFactor | null>(null)
  /** Why the second step had to be given up. */
  const [ended, setEnded] = useState<unknown>(null)
  const { busy, error, run } = useTask()

  const took = (answered: Session | SecondFactor): void => {
    setPassword('')
    if (isSecondFactor(answered)) setStep(answered)
    else onDone(answered)
  }
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (name.trim() !== '' && password !== '') run(() => signInByPassword(name.trim(), password), took)
  }
  const passkey = (): void =>
    run(async () => {
      const { challenge, options } = await beginPasskey()
      return signInByPasskey({ challenge, passkey: await showPasskey(options) })
    }, took)

  if (step !== null) {
    return (
      <SecondFactorForm
        step={step}
        onDone={onDone}
        onRestart={(why) => {
          setStep(null)
          setEnded(why)
        }}
      />
    )
  }
  return (
    <form className={form.form} onSubmit={submit}>
      {(error ?? ended) !== null && <SignInProblem error={error ?? ended} />}
      {titles.length > 0 && <p className={form.quiet}>{t('signIn.elsewhere', { titles: titles.join(', ') })}</p>}
      <TextInput
        label={t('signIn.userName')}
        value={name}
        readOnly={userName !== undefined}
        maxLength={200}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        autoFocus={userName === undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordField
        label={t('signIn.password')}
        value={password}
        autoComplete="current-password"
        autoFocus={userName !== undefined}
        onChange={setPassword}
      />
      <Button type="submit" size="md" loading={busy}>
        {t('signIn.page')}
      </Button>
      {passkeys && passkeysWork() && (
        <Button variant="default" size="md" disabled={busy} onClick={passkey}>
          {t('signIn.passkey')}
        </Button>
      )}
    </form>
  )
}

/** Why it did not work, in words that fit what was tried. */
function SignInProblem({ error }: { error: unknown }) {
  const code = error instanceof ApiError ? error.code : null
  const title =
    code === 'sign_in_refused' ? t('signIn.failed') : code === 'too_many_attempts' ? t('signIn.tooMany') : t('signIn.problem')
  return <ErrorNotice compact error={error} title={title} />
}
