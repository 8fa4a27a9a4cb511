import { Button } from '@mantine/core'
import { useState } from 'react'

import { saveBlob } from '../../api/exports'
import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import form from '../shell/Form.module.css'
import style from './Account.module.css'

interface Props {
  codes: readonly string[]
  onClose: () => void
}

/** Fresh recovery codes: shown once, to be kept where the telephone is not. */
export function RecoveryCodes({ codes, onClose }: Props) {
  const [copied, setCopied] = useState(false)
  const text = codes.join('\n')
  const copy = (): void => {
    copyText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  return (
    <Dialog title={t('recovery.title')} onClose={onClose}>
      <div className={form.form}>
        <p className={form.text}>{t('recovery.text')}</p>
        <ol className={style.codes} aria-label={t('recovery.title')}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
        <div className={form.foot}>
          <Button variant="default" onClick={copy}>
            <span aria-live="polite">{t(copied ? 'copy.done' : 'recovery.copy')}</span>
          </Button>
          <Button variant="default" onClick={() => saveBlob(new Blob([`${text}\n`], { type: 'text/plain' }), t('recovery.file'))}>
            {t('recovery.save')}
          </Button>
          <Button onClick={onClose}>{t('recovery.kept')}</Button>
        </div>
      </div>
    </Dialog>
  )
}

/** Rejects where there is no clipboard; then the codes can be marked or saved. */
async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
}
