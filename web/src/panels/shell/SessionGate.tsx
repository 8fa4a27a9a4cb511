import { type ReactNode, Suspense, lazy, useEffect } from 'react'

import { isVisitor, reportActivity } from '../../api/session'
import { forgetGuest, markGuest } from '../../api/guest'
import { watchActivity } from '../../shell/activity'
import { embedded } from '../../shell/embed'
import { go, presentPlace } from '../../shell/navigation'
import { ErrorNotice } from './ErrorNotice'
import { loadPersonal } from './personal'
import { presence, watchPresence } from './presence'
import { SessionContext } from './session'
import { useStore } from './useStore'

const Duties = lazy(async () => ({ default: (await import('../signin/Duties')).Duties }))
const GuestFrame = lazy(async () => ({ default: (await import('../share/GuestFrame')).GuestFrame }))
const Over = lazy(async () => ({ default: (await import('../share/Over')).Over }))
const VisitorFrame = lazy(async () => ({ default: (await import('../visitor/VisitorFrame')).VisitorFrame }))
const Return = lazy(async () => ({ default: (await import('../signin/Return')).Return }))

/** A link that was withdrawn is gone from the screen within five seconds, also when nobody moves anything. */
const GUEST_LOOK_MS = 2000

interface Props {
  /** Also for somebody without an account: who came by a share link, or looks at what is public. */
  guests?: boolean
  children: ReactNode
}

/** Shows its children to somebody who is signed in; anybody else is taken to the sign-in page. */
export function SessionGate({ guests = false, children }: Props) {
  const { session, away, error } = useStore(presence.state)
  const guest = session?.share ?? null
  const visitor = isVisitor(session)
  const personId = guest === null && !visitor ? (session?.viewer.person_id ?? null) : null
  const full = session !== null && !visitor && session.duties.length === 0

  useEffect(() => {
    const stop = watchPresence()
    void presence.look()
    return stop
  }, [])
  const isGuest = guest !== null
  const wrongPlace = (isGuest || visitor) && !guests
  useEffect(() => {
    if (!wrongPlace) return
    if (isGuest) go('/', { replace: true })
    else go('/signin', { replace: true, next: presentPlace() })
  }, [wrongPlace, isGuest])
  useEffect(() => {
    if (isGuest) markGuest()
    else if (personId !== null) forgetGuest()
  }, [isGuest, personId])
  useEffect(() => {
    if (!isGuest || away) return undefined
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void presence.look()
    }, GUEST_LOOK_MS)
    return () => clearInterval(timer)
  }, [isGuest, away])
  useEffect(() => {
    if (personId !== null && full) void loadPersonal(personId)
  }, [personId, full])
  useEffect(() => {
    if (!full || away) return undefined
    return watchActivity(() => void reportActivity().catch(() => undefined))
  }, [full, away])

  if (error !== null) return <ErrorNotice error={error} onRetry={() => void presence.look()} />
  if (session === null || wrongPlace) return null
  if (visitor) {
    return (
      <SessionContext value={session}>
        <Suspense fallback={null}>{embedded() ? children : <VisitorFrame>{children}</VisitorFrame>}</Suspense>
      </SessionContext>
    )
  }
  if (guest !== null) {
    return (
      <SessionContext value={session}>
        <Suspense fallback={null}>
          <GuestFrame guest={guest}>{children}</GuestFrame>
          {away && <Over guest={guest} />}
        </Suspense>
      </SessionContext>
    )
  }
  return (
    <SessionContext value={session}>
      {full ? (
        children
      ) : (
        <Suspense fallback={null}>
          <Duties duties={session.duties} onDone={() => void presence.look()} />
        </Suspense>
      )}
      {away && (
        <Suspense fallback={null}>
          <Return session={session} onReturn={(again) => presence.returned(again)} />
        </Suspense>
      )}
    </SessionContext>
  )
}
