import { useEffect, useState } from 'react'

import { ApiError } from '../api/problem'
import { signIn } from '../api/session'
import { t } from '../i18n'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Sheet } from '../panels/shell/Sheet'
import { usePlace } from '../panels/shell/usePlace'
import style from './SignIn.module.css'
import { go } from '../shell/navigation'

/** Takes the one-time token out of the address and trades it for a session; else says where to find one. */
export function SignIn() {
  const { hash } = usePlace()
  const [token, setToken] = useState('')
  const [error, setError] = useState<unknown>(null)
  // The address is also read when it is pasted into the page that is open already.
  if (hash.length > 1 && hash.slice(1) !== token) {
    setToken(hash.slice(1))
    setError(null)
  }

  useEffect(() => {
    if (token === '') return
    // The token leaves the address bar and the history before anything else happens.
    go('/signin', { replace: true })
    enter(token).then(() => go('/', { replace: true }), setError)
  }, [token])

  if (token !== '' && error === null) return <Sheet title={t('signIn.working')}>{null}</Sheet>
  return (
    <Sheet title={t('signIn.title')}>
      {error !== null && (
        <div className={style.error}>
          <ErrorNotice compact error={error} title={isRefusal(error) ? t('signIn.refusedTitle') : undefined} />
        </div>
      )}
      <p>{t('signIn.how')}</p>
      <pre className={style.example}>{t('signIn.example', { address: window.location.origin })}</pre>
      <p className={style.quiet}>{t('signIn.again')}</p>
    </Sheet>
  )
}

/** One attempt a token, however often the page is drawn: a one-time token works once. */
const attempts = new Map<string, Promise<unknown>>()

function enter(token: string): Promise<unknown> {
  const attempt = attempts.get(token) ?? signIn(decodeURIComponent(token))
  attempts.set(token, attempt)
  return attempt
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'sign_in_refused'
}
