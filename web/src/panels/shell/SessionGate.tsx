import { type ReactNode, useEffect, useState } from 'react'

import { onSignedOut } from '../../api/client'
import { ApiError, isAbort } from '../../api/problem'
import { type Session, getSession, reportActivity } from '../../api/session'
import { watchActivity } from '../../shell/activity'
import { go } from '../../shell/navigation'
import { ErrorNotice } from './ErrorNotice'
import { loadPersonal } from './personal'
import { SessionContext } from './session'

interface Props {
  children: ReactNode
}

/** Shows its children to somebody who is signed in; anybody else is taken to the sign-in page. */
export function SessionGate({ children }: Props) {
  const [session, setSession] = useState<Session | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)

  useEffect(() => onSignedOut(() => go('/signin', { replace: true })), [])

  useEffect(() => {
    const controller = new AbortController()
    getSession(controller.signal).then(setSession, (failure: unknown) => {
      const signedOut = failure instanceof ApiError && failure.code === 'unauthenticated'
      if (!isAbort(failure) && !signedOut) setError(failure)
    })
    return () => controller.abort()
  }, [attempt])

  useEffect(() => {
    if (session === null) return undefined
    void loadPersonal(session.viewer.person_id)
    return watchActivity(() => void reportActivity().catch(() => undefined))
  }, [session])

  if (error !== null) {
    const retry = (): void => {
      setError(null)
      setAttempt(attempt + 1)
    }
    return <ErrorNotice error={error} onRetry={retry} />
  }
  return session && <SessionContext value={session}>{children}</SessionContext>
}
