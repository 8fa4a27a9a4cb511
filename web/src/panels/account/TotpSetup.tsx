import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useMemo, useState } from 'react'

import { beginTotp, confirmTotp } from '../../api/account'
import { t } from '../../i18n'
import { qrCode, qrPath } from '../../model/qr'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'
import style from './Account.module.css'
import { proved } from './proof'

interface Props {
  /** Recovery codes come with the first second factor. */
  onDone: (codes: readonly string[] | null) => void
  onCancel?: () => void
}

/** Tie an authenticator app to the account: a QR code drawn here, then its first code. */
export function TotpSetup({ onDone, onCancel }: Props) {
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null)
  const [code, setCode] = useState('')
  const { busy, error, run } = useTask()
  const confirm = (event: SyntheticEvent): void => {
    event.preventDefault()
    const given = code.replace(/\s/g, '')
    if (given !== '') run(() => confirmTotp(given), ({ recovery_codes: codes }) => onDone(codes))
  }
  if (begun === null) {
    return (
      <div className={form.form}>
        {error !== null && <ErrorNotice compact error={error} title={t('totp.failed')} />}
        <div className={form.buttons}>
          <Button loading={busy} onClick={() => run(() => proved(beginTotp), setBegun)}>
            {t('totp.begin')}
          </Button>
        </div>
      </div>
    )
  }
  return (
    <form className={form.form} onSubmit={confirm}>
      <p className={form.text}>{t('totp.scan')}</p>
      <div className={style.qr}>
        <QrCode text={begun.uri} />
        <div className={style.beside}>
          <TextInput
            label={t('totp.secret')}
            description={t('totp.secretHint')}
            value={inFours(begun.secret)}
            readOnly
            onFocus={(event) => event.currentTarget.select()}
          />
          <TextInput
            label={t('totp.code')}
            value={code}
            maxLength={10}
            inputMode="numeric"
            autoComplete="one-time-code"
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        </div>
      </div>
      {error !== null && <ErrorNotice compact error={error} title={t('totp.refused')} />}
      <div className={form.buttons}>
        <Button type="submit" loading={busy}>
          {t('totp.confirm')}
        </Button>
        {onCancel && (
          <Button variant="default" onClick={onCancel}>
            {t('fields.cancel')}
          </Button>
        )}
      </div>
    </form>
  )
}

const QUIET = 4

function QrCode({ text }: { text: string }) {
  const modules = useMemo(() => qrCode(text), [text])
  const side = modules.length + 2 * QUIET
  return (
    <svg className={style.code} viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} role="img" aria-label={t('totp.qr')} shapeRendering="crispEdges">
      <path d={qrPath(modules)} fill="#000" />
    </svg>
  )
}

function inFours(secret: string): string {
  return secret.match(/.{1,4}/g)?.join(' ') ?? secret
}
