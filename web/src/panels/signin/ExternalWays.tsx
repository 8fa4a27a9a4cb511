import { Button } from '@mantine/core'

import { type ProviderChoice, beginExternal, signInByHeader } from '../../api/external'
import type { SecondFactor, Session } from '../../api/session'
import { t } from '../../i18n'
import { inNewTab } from '../../shell/newTab'
import { presentPlace } from '../../shell/navigation'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'

/** Where the tab ends in which somebody signed in again for a page in another one. */
export const RETURNED = '/signin?returned'

interface Props {
  providers: readonly ProviderChoice[]
  /** Whom a proxy in front names. */
  announced: string | null
  /** Where to go on. */
  next: string
  onDone: (answered: Session | SecondFactor) => void
}

/** Buttons for accounts of the organisation: they lead to its own page, or take what the proxy says. */
export function ExternalWays({ providers, announced, next, onDone }: Props) {
  const { busy, error, run } = useTask()
  if (providers.length === 0 && announced === null) return null
  return (
    <div className={form.form}>
      {error !== null && <ErrorNotice compact error={error} title={t('signIn.problem')} />}
      {announced !== null && (
        <Button size="md" loading={busy} onClick={() => run(signInByHeader, onDone)}>
          {t('external.continue', { name: announced })}
        </Button>
      )}
      {providers.map(({ name, title }) => (
        <Button
          key={name}
          size="md"
          disabled={busy}
          onClick={() => run(() => beginExternal(name, next), (url) => window.location.assign(url))}
        >
          {t('external.signIn', { title })}
        </Button>
      ))}
      <p className={form.quiet}>{t('external.or')}</p>
    </div>
  )
}

interface ReturnProps {
  provider: ProviderChoice
  onReturn: (session: Session | SecondFactor) => void
}

/** Somebody of the organisation comes back to a page that stays: they sign in in another tab. */
export function ExternalReturn({ provider, onReturn }: ReturnProps) {
  const { busy, error, run } = useTask()
  const { name, title, kind } = provider
  const go = (): void => {
    if (kind === 'header') run(signInByHeader, onReturn)
    else run(() => inNewTab((own) => beginExternal(name, own ? RETURNED : presentPlace())))
  }
  return (
    <div className={form.form}>
      {error !== null && <ErrorNotice compact error={error} title={t('signIn.problem')} />}
      <Button size="md" loading={busy} data-autofocus onClick={go}>
        {t('external.signIn', { title })}
      </Button>
      {kind === 'redirect' && <p className={form.quiet}>{t('external.tab')}</p>}
    </div>
  )
}
