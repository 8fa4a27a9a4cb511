import { Button } from '@mantine/core'
import { useRef, useState } from 'react'

import { t } from '../../i18n'
import style from './Form.module.css'
import input from './Input.module.css'

/** A text that is shown once, to be taken along. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const [copied, setCopied] = useState<boolean | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const copy = (): void => {
    field.current?.select()
    // The clipboard exists only on https and localhost; elsewhere the text is selected for the reader's own copy.
    copyText(value).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  return (
    <div className={style.form}>
      <div className={style.copy}>
        <input ref={field} className={input.input} data-look="code" aria-label={label} value={value} readOnly onFocus={(event) => event.currentTarget.select()} />
        <Button variant="default" onClick={copy}>
          <span aria-live="polite">{t(copied === true ? 'copy.done' : 'copy.copy')}</span>
        </Button>
      </div>
      {copied === false && <p className={style.quiet}>{t('copy.refused')}</p>}
    </div>
  )
}

async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
}
