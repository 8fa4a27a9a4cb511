import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { addPasskey, beginNewPasskey } from '../../api/account'
import { isKnownAlready, makePasskey } from '../../api/passkeys'
import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'
import { proved } from './proof'

/** Make a passkey on this machine or a security key, under a name by which one knows it again. */
export function PasskeySetup({ onDone }: { onDone: (codes: readonly string[] | null) => void }) {
  const [name, setName] = useState('')
  const { busy, error, run } = useTask()
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    run(
      async () => {
        const { challenge, options } = await proved(beginNewPasskey)
        return addPasskey({
          challenge,
          name: name.trim() === '' ? t('passkeys.unnamed') : name.trim(),
          passkey: await makePasskey(options),
        })
      },
      ({ recovery_codes: codes }) => {
        setName('')
        onDone(codes)
      },
    )
  }
  return (
    <form className={form.form} onSubmit={submit}>
      <TextInput
        label={t('passkeys.name')}
        description={t('passkeys.nameHint')}
        value={name}
        maxLength={80}
        autoComplete="off"
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {error !== null &&
        (isKnownAlready(error) ? (
          <p className={form.bad} role="alert">
            {t('passkeys.known')}
          </p>
        ) : (
          <ErrorNotice compact error={error} title={t('passkeys.failed')} />
        ))}
      <div className={form.buttons}>
        <Button type="submit" variant="default" loading={busy}>
          {t('passkeys.add')}
        </Button>
      </div>
    </form>
  )
}
