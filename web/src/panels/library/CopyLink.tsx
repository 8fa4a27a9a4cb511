import { Button } from '@mantine/core'
import { useState } from 'react'

import { t } from '../../i18n'
import { Icon } from '../shell/icons'
import style from './SlideDetails.module.css'

/** Copies the full address of a slide. */
export function CopyLink({ address }: { address: string }) {
  const [outcome, setOutcome] = useState<{ address: string; copied: boolean } | null>(null)
  const link = new URL(address, window.location.origin).href
  const said = outcome?.address === address ? outcome : null
  const copy = (): void => {
    copyText(link).then(
      () => setOutcome({ address, copied: true }),
      () => setOutcome({ address, copied: false }),
    )
  }
  return (
    <>
      <Button variant="default" size="sm" px="xs" leftSection={<Icon name="link" size={16} />} onClick={copy}>
        <span aria-live="polite">{said?.copied === true ? t('details.copied') : t('details.copyLink')}</span>
      </Button>
      {said?.copied === false && (
        <p className={style.quiet} role="alert">
          {t('details.copyRefused', { link })}
        </p>
      )}
    </>
  )
}

/** The clipboard exists only on https and localhost; elsewhere this fails, and the link is shown instead. */
async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
}
