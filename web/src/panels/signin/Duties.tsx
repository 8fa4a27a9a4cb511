import { Button } from '@mantine/core'
import { useState } from 'react'

import { acceptTerms, getTerms } from '../../api/account'
import { passkeysWork } from '../../api/passkeys'
import { signOutEverywhere } from '../../api/external'
import type { Duty } from '../../api/session'
import { t } from '../../i18n'
import { PasskeySetup } from '../account/PasskeySetup'
import { ProofDialog } from '../account/ProofDialog'
import { RecoveryCodes } from '../account/RecoveryCodes'
import { TotpSetup } from '../account/TotpSetup'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { Sheet } from '../shell/Sheet'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import { Terms } from './Terms'

interface Props {
  duties: readonly Duty[]
  onDone: () => void
}

/** What has to be done before the slides: one thing at a time. */
export function Duties({ duties, onDone }: Props) {
  const leave = (): void => {
    signOutEverywhere().then(
      (next) => window.location.replace(next),
      () => window.location.replace('/signin'),
    )
  }
  const terms = duties.includes('accept_terms')
  return (
    <Sheet title={t(terms ? 'terms.title' : 'duty.factor')}>
      <div className={form.form}>
        {terms ? <TermsDuty onDone={onDone} /> : <FactorDuty onDone={onDone} />}
        <button type="button" className={form.way} onClick={leave}>
          {t('account.signOut')}
        </button>
      </div>
      <ProofDialog />
    </Sheet>
  )
}

function TermsDuty({ onDone }: { onDone: () => void }) {
  const { value: terms } = useLoaded(getTerms)
  const { busy, error, run } = useTask()
  return (
    <>
      <p className={form.text}>{t('terms.text')}</p>
      <Terms />
      {error !== null && <ErrorNotice compact error={error} title={t('terms.notAccepted')} />}
      <div className={form.buttons}>
        <Button
          size="md"
          loading={busy}
          disabled={terms === null}
          onClick={() => run(() => acceptTerms(terms?.version ?? ''), onDone)}
        >
          {t('terms.accept')}
        </Button>
      </div>
    </>
  )
}

function FactorDuty({ onDone }: { onDone: () => void }) {
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  // The codes come first: once they are gone from the screen, they are gone.
  const done = (fresh: readonly string[] | null): void => {
    if (fresh === null) onDone()
    else setCodes(fresh)
  }
  return (
    <>
      <p className={form.text}>{t('duty.factorText')}</p>
      <TotpSetup onDone={done} />
      {passkeysWork() && (
        <>
          <p className={form.quiet}>{t('duty.or')}</p>
          <PasskeySetup onDone={done} />
        </>
      )}
      {codes !== null && <RecoveryCodes codes={codes} onClose={onDone} />}
    </>
  )
}
