import { useEffect, useState } from 'react'

import { getMe } from '../api/account'
import { takeExternalStep } from '../api/external'
import { forgetGuest } from '../api/guest'
import { getPreferences } from '../api/person'
import { ApiError } from '../api/problem'
import { type SecondFactor, type Session, getSignInOptions, isSecondFactor, isSomebodyElse, signIn } from '../api/session'
import { t } from '../i18n'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import form from '../panels/shell/Form.module.css'
import { Link } from '../panels/shell/Link'
import { Sheet } from '../panels/shell/Sheet'
import { useApp } from '../panels/shell/useApp'
import { useLoaded } from '../panels/shell/useLoaded'
import { usePlace } from '../panels/shell/usePlace'
import { SecondFactorForm } from '../panels/signin/SecondFactorForm'
import { ExternalProblem, Returned } from '../panels/signin/ExternalAnswers'
import { ExternalWays } from '../panels/signin/ExternalWays'
import { SignInForm } from '../panels/signin/SignInForm'
import { enter } from '../panels/signin/enter'
import { go, nextPlace } from '../shell/navigation'
import style from './SignIn.module.css'

/** Sign in by password, passkey or the one-time address that the server printed. */
export function SignIn() {
  const { hash, search } = usePlace()
  const came = new URLSearchParams(search)
  const missing = came.get('step') === 'factor'
  const [token, setToken] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [step, setStep] = useState<SecondFactor | null>(null)
  const { value: options } = useLoaded(getSignInOptions)
  const app = useApp()
  // The address is also read when it is pasted into the page that is open already.
  if (hash.length > 1 && hash.slice(1) !== token) {
    setToken(hash.slice(1))
    setError(null)
    setStep(null)
  }

  // Whoever signs in here is a guest of a share link no longer.
  useEffect(() => forgetGuest(), [])
  useEffect(() => {
    if (token === '') return
    const next = nextPlace()
    // The token leaves the address bar and the history before anything else happens.
    go('/signin', { replace: true, next })
    attempt(token).then((answered) => {
      if (isSecondFactor(answered)) setStep(answered)
      else void enterFirst(answered, next)
    }, setError)
  }, [token])

  useEffect(() => {
    if (!missing) return
    stepOnce().then(
      ({ answered, next }) => {
        go('/signin', { replace: true, next })
        if (isSecondFactor(answered)) setStep(answered)
        else enter(answered, next)
      },
      () => go('/signin?problem=challenge_ended', { replace: true }),
    )
  }, [missing])

  if (step !== null) {
    return (
      <Sheet title={t('factor.title')}>
        <SecondFactorForm
          step={step}
          onDone={(session) => enter(session, nextPlace())}
          onRestart={() => {
            setStep(null)
            setError(null)
            setToken('')
          }}
        />
      </Sheet>
    )
  }
  if (came.has('returned')) return <Returned />
  if (missing || (token !== '' && error === null)) return <Sheet title={t('signIn.working')}>{null}</Sheet>
  return (
    <Sheet title={t('signIn.title')}>
      {error !== null && (
        <div className={style.error}>
          <ErrorNotice compact error={error} title={isRefusal(error) ? t('signIn.refusedTitle') : undefined} />
        </div>
      )}
      {error === null && came.has('problem') && <ExternalProblem code={came.get('problem') ?? ''} />}
      <ExternalWays
        providers={(options?.providers ?? []).filter((one) => one.kind === 'redirect')}
        announced={options?.announced ?? null}
        next={nextPlace()}
        onDone={(answered) => (isSecondFactor(answered) ? setStep(answered) : enter(answered, nextPlace()))}
      />
      <SignInForm
        passkeys={options?.passkeys ?? false}
        titles={(options?.providers ?? []).filter((one) => one.kind === 'password').map((one) => one.title)}
        onDone={(session) => enter(session, nextPlace())}
      />
      {options !== null && options.registration !== 'off' && (
        <p className={style.more}>
          <Link href="/register" className={form.way}>
            {t('signIn.register')}
          </Link>
        </p>
      )}
      {app?.public_projects === true && (
        <p className={style.more}>
          <Link href="/" className={form.way}>
            {t('visitor.look')}
          </Link>
        </p>
      )}
      <details className={style.help}>
        <summary>{t('signIn.helpTitle')}</summary>
        <p>{t('signIn.forgotten')}</p>
        <p>{t('signIn.how')}</p>
        <pre className={style.example}>{t('signIn.example', { address: window.location.origin })}</pre>
        <p className={style.quiet}>{t('signIn.again')}</p>
      </details>
    </Sheet>
  )
}

/** One attempt a token, however often the page is drawn: a one-time token works once. */
const attempts = new Map<string, Promise<Session | SecondFactor>>()

function attempt(token: string): Promise<Session | SecondFactor> {
  const going = attempts.get(token) ?? signIn(decodeURIComponent(token))
  attempts.set(token, going)
  return going
}

let stepping: ReturnType<typeof takeExternalStep> | null = null

/** Once a page load, however often it is drawn: the step is asked for once. */
function stepOnce(): ReturnType<typeof takeExternalStep> {
  stepping ??= takeExternalStep()
  return stepping
}

/** Whoever came by the printed address and has no password yet is offered to set one, until they say no. */
async function enterFirst(session: Session, next: string): Promise<void> {
  const offer = await Promise.all([getMe(), getPreferences()]).then(
    ([me, preferences]) => !me.password.set && me.may_change_password && preferences['first_run_done'] !== true,
    () => false, // with duties open there is something else to do first
  )
  if (offer && !isSomebodyElse(session)) go('/first-run', { replace: true, next })
  else enter(session, next)
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'sign_in_refused'
}
