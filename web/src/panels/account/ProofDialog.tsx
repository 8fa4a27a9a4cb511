import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type Me, getMe } from '../../api/account'
import { passkeysWork, showPasskey } from '../../api/passkeys'
import { type Proof, beginConfirm, confirmIdentity } from '../../api/session'
import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { PasswordField } from '../shell/PasswordField'
import { useLoaded } from '../shell/useLoaded'
import { useStore } from '../shell/useStore'
import { useTask } from '../shell/useTask'
import { ExternalProof } from './ExternalProof'
import { answerProof, proof } from './proof'

/** Asks for a fresh proof of who one is, whenever something on the page needs it. */
export function ProofDialog() {
  const { asked } = useStore(proof)
  return asked === null ? null : <Question />
}

type Way = 'password' | 'totp' | 'passkey'

function Question() {
  const { value: me, error } = useLoaded<Me>(getMe)
  return (
    <Dialog title={t('proof.title')} onClose={() => answerProof(false)}>
      <div className={form.form}>
        <p className={form.text}>{t('proof.text')}</p>
        {error !== null && <ErrorNotice compact error={error} />}
        {me?.provider?.kind === 'redirect' && <ExternalProof provider={me.provider} onDone={givenElsewhere} />}
        {me !== null && (me.provider?.kind !== 'redirect' || waysOf(me).length > 0) && <Ways ways={waysOf(me)} none={noneOf(me)} userName={me.person.user_name} />}
      </div>
    </Dialog>
  )
}

const givenElsewhere = (): void => answerProof(true)

function waysOf(me: Me): Way[] {
  const { totp, passkeys } = me.second_factor
  return [
    ...(me.password.set || me.provider?.kind === 'password' ? (['password'] as const) : []),
    ...(totp ? (['totp'] as const) : []),
    ...(passkeys > 0 && passkeysWork() ? (['passkey'] as const) : []),
  ]
}

/** What to do where there is nothing to show: a proxy says who comes in, and cannot be asked once more. */
function noneOf({ provider }: Me): string {
  return provider?.kind === 'header' ? t('proof.noneProxy', { title: provider.title }) : t('proof.none')
}

function Ways({ ways, none, userName }: { ways: readonly Way[]; none: string; userName: string }) {
  const [way, setWay] = useState<Way | undefined>(ways[0])
  const [text, setText] = useState('')
  const { busy, error, run, forget } = useTask()
  if (way === undefined) return <p className={form.note}>{none}</p>
  const give = async (): Promise<void> => {
    if (way !== 'passkey') {
      await confirmIdentity(way === 'password' ? { password: text } : { totp: text.replace(/\s/g, '') })
      return
    }
    const { challenge, options } = await beginConfirm()
    const given: Proof = { challenge, passkey: await showPasskey(options) }
    await confirmIdentity(given)
  }
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (way === 'passkey' || text !== '') run(give, () => answerProof(true))
  }
  return (
    <form className={form.form} onSubmit={submit}>
      {/* Password stores look for the name that the password belongs to. */}
      <input className="cs-unseen" value={userName} autoComplete="username" tabIndex={-1} aria-hidden="true" readOnly />
      {way === 'password' && (
        <PasswordField label={t('signIn.password')} value={text} autoComplete="current-password" autoFocus onChange={setText} />
      )}
      {way === 'totp' && (
        <TextInput
          label={t('factor.totp.label')}
          value={text}
          maxLength={10}
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {error !== null && <ErrorNotice compact error={error} title={t('proof.refused')} />}
      <div className={form.foot}>
        {ways
          .filter((other) => other !== way)
          .map((other) => (
            <button
              key={other}
              type="button"
              className={form.way}
              onClick={() => {
                setWay(other)
                setText('')
                forget()
              }}
            >
              {t(`proof.by.${other}`)}
            </button>
          ))}
        <Button type="submit" loading={busy}>
          {t(way === 'passkey' ? 'factor.passkey.use' : 'proof.go')}
        </Button>
      </div>
    </form>
  )
}
