import { useEffect, useState } from 'react'

import { type LinkFacts, lookAtLink } from '../api/links'
import { ApiError, isAbort } from '../api/problem'
import { type SecondFactor, isSecondFactor } from '../api/session'
import { t } from '../i18n'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Link } from '../panels/shell/Link'
import { Sheet } from '../panels/shell/Sheet'
import { usePlace } from '../panels/shell/usePlace'
import { LinkForm } from '../panels/signin/LinkForm'
import { SecondFactorForm } from '../panels/signin/SecondFactorForm'
import { enter } from '../panels/signin/enter'
import { go } from '../shell/navigation'

/** An invitation, or a link to choose a new password. Opening it changes nothing. */
export function LinkPage() {
  const { hash } = usePlace()
  const [token, setToken] = useState('')
  const [facts, setFacts] = useState<LinkFacts | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  const [step, setStep] = useState<SecondFactor | null>(null)
  if (hash.length > 1 && hash.slice(1) !== token) {
    setToken(hash.slice(1))
    setFacts(null)
    setError(null)
  }

  useEffect(() => {
    if (token === '') return undefined
    // The token stays in this page's memory only.
    go('/link', { replace: true })
    const controller = new AbortController()
    lookAtLink(decodeURIComponent(token), controller.signal).then(setFacts, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [token, attempt])

  if (step !== null) {
    return (
      <Sheet title={t('factor.title')}>
        <SecondFactorForm step={step} onDone={(session) => enter(session, '/')} onRestart={() => go('/signin')} />
      </Sheet>
    )
  }
  const ended = error instanceof ApiError && error.code === 'link_ended'
  if (token === '' || ended) {
    return (
      <Sheet title={t(ended ? 'link.ended' : 'link.none')}>
        <p>{t(ended ? 'link.endedText' : 'link.noneText')}</p>
        <Link href="/signin">{t('link.signIn')}</Link>
      </Sheet>
    )
  }
  if (error !== null) {
    const retry = (): void => {
      setError(null)
      setAttempt(attempt + 1)
    }
    return (
      <Sheet title={t('link.failed')}>
        <ErrorNotice compact error={error} onRetry={retry} />
      </Sheet>
    )
  }
  if (facts === null) return <Sheet title={t('app.loading')}>{null}</Sheet>
  return (
    <Sheet title={t(facts.kind === 'reset' ? 'link.reset' : 'link.welcome')}>
      <LinkForm
        token={decodeURIComponent(token)}
        facts={facts}
        onDone={(answered) => {
          if (isSecondFactor(answered)) setStep(answered)
          else enter(answered, '/')
        }}
        onEnded={setError}
      />
    </Sheet>
  )
}
