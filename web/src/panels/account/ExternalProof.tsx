import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { type ProviderChoice, beginExternalProof } from '../../api/external'
import { t } from '../../i18n'
import { inNewTab } from '../../shell/newTab'
import { presentPlace } from '../../shell/navigation'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'
import { RETURNED } from '../signin/ExternalWays'

/** Show at the organisation's own page that it is still you, in another tab; what was begun here goes on then. */
export function ExternalProof({ provider, onDone }: { provider: ProviderChoice; onDone: () => void }) {
  const [away, setAway] = useState(false)
  const { busy, error, run } = useTask()
  useEffect(() => {
    if (!away) return undefined
    const seen = (): void => {
      if (document.visibilityState === 'visible') onDone()
    }
    document.addEventListener('visibilitychange', seen)
    return () => document.removeEventListener('visibilitychange', seen)
  }, [away, onDone])
  const go = (): void =>
    run(() => inNewTab((own) => beginExternalProof(provider.name, own ? RETURNED : presentPlace())), () => setAway(true))
  return (
    <div className={form.form}>
      {error !== null && <ErrorNotice compact error={error} title={t('proof.refused')} />}
      <p className={form.quiet}>{t('external.proofTab')}</p>
      <div className={form.foot}>
        {away && (
          <Button variant="default" onClick={onDone}>
            {t('proof.go')}
          </Button>
        )}
        <Button loading={busy} data-autofocus onClick={go}>
          {t('external.prove', { title: provider.title })}
        </Button>
      </div>
    </div>
  )
}
