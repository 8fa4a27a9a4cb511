import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { passkeysWork, showPasskey } from '../../api/passkeys'
import { ApiError } from '../../api/problem'
import { type Factor, type SecondFactor, type Session, giveSecondFactor } from '../../api/session'
import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'

const ORDER: readonly Factor[] = ['totp', 'passkey', 'recovery']

interface Props {
  step: SecondFactor
  onDone: (session: Session) => void
  /** Begin again; `why` when the server does not know this attempt any more. */
  onRestart: (why: unknown) => void
}

/** The password was right: now the authenticator's code, a passkey, or a recovery code. */
export function SecondFactorForm({ step, onDone, onRestart }: Props) {
  const ways = ORDER.filter((way) => step.second_factor.includes(way) && (way !== 'passkey' || passkeysWork()))
  const [way, setWay] = useState<Factor>(ways[0] ?? 'recovery')
  const [code, setCode] = useState('')
  const { busy, error, run, forget } = useTask()
  const { challenge, passkey_options: options } = step

  const give = (factor: () => Promise<Omit<Parameters<typeof giveSecondFactor>[0], 'challenge'>>): void =>
    run(async () => {
      try {
        return await giveSecondFactor({ challenge, ...(await factor()) })
      } catch (failure) {
        if (failure instanceof ApiError && failure.code === 'challenge_ended') onRestart(failure)
        throw failure
      }
    }, onDone)
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    const given = code.replace(/\s/g, '')
    if (way === 'passkey') give(async () => ({ passkey: await showPasskey(options ?? {}) }))
    else if (given !== '') give(() => Promise.resolve(way === 'totp' ? { totp: given } : { recovery_code: given }))
  }
  return (
    <form className={form.form} onSubmit={submit}>
      <p className={form.text}>{t(`factor.${way}.text`)}</p>
      {error !== null && <ErrorNotice compact error={error} title={t('factor.refused')} />}
      {way !== 'passkey' && (
        <TextInput
          key={way}
          label={t(`factor.${way}.label`)}
          value={code}
          size="md"
          maxLength={way === 'totp' ? 10 : 40}
          inputMode={way === 'totp' ? 'numeric' : 'text'}
          autoComplete={way === 'totp' ? 'one-time-code' : 'off'}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          autoFocus
          onChange={(event) => setCode(event.currentTarget.value)}
        />
      )}
      <Button type="submit" size="md" loading={busy} data-autofocus={way === 'passkey' || undefined}>
        {t(way === 'passkey' ? 'factor.passkey.use' : 'factor.go')}
      </Button>
      <div className={form.ways}>
        {ways
          .filter((other) => other !== way)
          .map((other) => (
            <button
              key={other}
              type="button"
              className={form.way}
              onClick={() => {
                setWay(other)
                setCode('')
                forget()
              }}
            >
              {t(`factor.${other}.choose`)}
            </button>
          ))}
        <button type="button" className={form.way} onClick={() => onRestart(null)}>
          {t('factor.restart')}
        </button>
      </div>
    </form>
  )
}
