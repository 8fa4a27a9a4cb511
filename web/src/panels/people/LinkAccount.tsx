import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'

import type { Person } from '../../api/people'
import { linkAccount, listProviders } from '../../api/providers'
import { t } from '../../i18n'
import { proved } from '../account/proof'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import style from './People.module.css'

interface Props {
  person: Person
  onDone: (said: string, newer: Person) => void
  onClose: () => void
}

/** Two accounts are one person's: the one elsewhere is by which they sign in from now on. */
export function LinkAccount({ person, onDone, onClose }: Props) {
  const { value: found, error: failure, again } = useLoaded(listProviders)
  const [chosen, setChosen] = useState('')
  const [key, setKey] = useState('')
  const { busy, error, run } = useTask()
  const usable = (found?.items ?? []).filter((one) => one.way !== null)
  const provider = chosen === '' ? (usable[0]?.name ?? '') : chosen
  return (
    <div className={style.question} role="group" aria-label={t('linkAccount.open')}>
      <h3 className={style.heading}>{t('linkAccount.title', { name: person.name })}</h3>
      <p className={form.text}>{t('linkAccount.text')}</p>
      {failure !== null && <ErrorNotice compact error={failure} onRetry={again} />}
      {found !== null && usable.length === 0 && <p className={form.note}>{t('linkAccount.none')}</p>}
      {usable.length > 0 && (
        <>
          <label className={form.label}>
            {t('linkAccount.provider')}
            <select className={input.input} value={provider} onChange={(event) => setChosen(event.currentTarget.value)}>
              {usable.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.title}
                </option>
              ))}
            </select>
          </label>
          <TextInput
            label={t('linkAccount.key')}
            value={key}
            maxLength={255}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
        </>
      )}
      {error !== null && <ErrorNotice compact error={error} title={t('linkAccount.failed')} />}
      <div className={form.foot}>
        <Button variant="default" onClick={onClose}>
          {t('fields.cancel')}
        </Button>
        {usable.length > 0 && (
          <Button
            loading={busy}
            disabled={key.trim() === ''}
            onClick={() =>
              run(
                () => proved(() => linkAccount(person.person_id, provider, key.trim())),
                (newer) => {
                  onDone(t('linkAccount.done'), newer)
                  onClose()
                },
              )
            }
          >
            {t('linkAccount.go')}
          </Button>
        )}
      </div>
    </div>
  )
}
