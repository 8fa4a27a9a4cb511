import { Button } from '@mantine/core'
import { useState } from 'react'

import { type Me, type Passkey, listPasskeys, makeRecoveryCodes, removePasskey, removeTotp } from '../../api/account'
import { passkeysWork } from '../../api/passkeys'
import { formatDate, formatMoment, t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useLoaded } from '../shell/useLoaded'
import { type Task, useTask } from '../shell/useTask'
import style from './Account.module.css'
import { PasskeySetup } from './PasskeySetup'
import { RecoveryCodes } from './RecoveryCodes'
import { Section } from './Section'
import { TotpSetup } from './TotpSetup'
import { proved } from './proof'

/** An authenticator app, passkeys, and the codes for the day the telephone is lost. */
export function SecondFactorSection({ me, onChanged }: { me: Me; onChanged: () => void }) {
  const { value: passkeys, error: passkeysError, again } = useLoaded(listPasskeys)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const [adding, setAdding] = useState(false)
  const task = useTask()
  const { totp, required, recovery_left: left } = me.second_factor
  const changed = (fresh: readonly string[] | null = null): void => {
    setCodes(fresh)
    setAdding(false)
    again()
    onChanged()
  }
  return (
    <Section title={t('second.title')} text={t(required ? 'second.required' : 'second.text')}>
      {task.error !== null && <ErrorNotice compact error={task.error} title={t('second.failed')} />}
      <h3 className={style.sub}>{t('totp.title')}</h3>
      {totp ? (
        <div className={style.row}>
          <span className={style.name}>{t('totp.on')}</span>
          <Button variant="default" size="xs" disabled={task.busy} onClick={() => task.run(() => proved(removeTotp), () => changed())}>
            {t('totp.remove')}
          </Button>
        </div>
      ) : (
        <>
          <p className={style.about}>{t('totp.text')}</p>
          <TotpSetup onDone={changed} />
        </>
      )}
      <h3 className={style.sub}>{t('passkeys.title')}</h3>
      <p className={style.about}>{t(passkeysWork() ? 'passkeys.text' : 'passkeys.impossible')}</p>
      {passkeysError !== null && <ErrorNotice compact error={passkeysError} onRetry={again} />}
      {passkeys !== null && passkeys.length > 0 && (
        <ul className={style.list} aria-label={t('passkeys.title')}>
          {passkeys.map((one) => (
            <PasskeyRow key={one.passkey_id} one={one} task={task} onRemoved={() => changed()} />
          ))}
        </ul>
      )}
      {passkeysWork() &&
        (adding ? (
          <div className={style.narrow}>
            <PasskeySetup onDone={changed} />
          </div>
        ) : (
          <Button variant="default" onClick={() => setAdding(true)}>
            {t('passkeys.another')}
          </Button>
        ))}
      {(totp || me.second_factor.passkeys > 0) && (
        <>
          <h3 className={style.sub}>{t('recovery.title')}</h3>
          <p className={style.about}>{t('recovery.left', { count: left })}</p>
          <Button
            variant="default"
            disabled={task.busy}
            onClick={() => task.run(() => proved(makeRecoveryCodes), (fresh) => changed(fresh.recovery_codes))}
          >
            {t('recovery.make')}
          </Button>
        </>
      )}
      {codes !== null && <RecoveryCodes codes={codes} onClose={() => setCodes(null)} />}
    </Section>
  )
}

function PasskeyRow({ one, task, onRemoved }: { one: Passkey; task: Task; onRemoved: () => void }) {
  const facts = [
    t('passkeys.made', { date: formatDate(one.created_at) }),
    one.last_used_at === null ? t('passkeys.unused') : t('passkeys.used', { time: formatMoment(one.last_used_at) }),
    one.synced ? t('passkeys.synced') : null,
  ]
  return (
    <li className={style.row}>
      <span className={style.what}>
        <span className={style.name}>{one.name}</span>
        <span className={style.facts}>{facts.filter((fact) => fact !== null).join(' · ')}</span>
      </span>
      <Button
        variant="default"
        size="xs"
        disabled={task.busy}
        aria-label={t('passkeys.removeOf', { name: one.name })}
        onClick={() => task.run(() => proved(() => removePasskey(one.passkey_id)), onRemoved)}
      >
        {t('passkeys.remove')}
      </Button>
    </li>
  )
}
