import { type ReactNode, Suspense, lazy, useEffect } from 'react'

import { reportActivity } from '../../api/session'
import { watchActivity } from '../../shell/activity'
import { ErrorNotice } from './ErrorNotice'
import { loadPersonal } from './personal'
import { presence, watchPresence } from './presence'
import { SessionContext } from './session'
import { useStore } from './useStore'

const Duties = lazy(async () => ({ default: (await import('../signin/Duties')).Duties }))
const Return = lazy(async () => ({ default: (await import('../signin/Return')).Return }))

interface Props {
  children: ReactNode
}

/** Shows its children to somebody who is signed in; anybody else is taken to the sign-in page. */
export function SessionGate({ children }: Props) {
  const { session, away, error } = useStore(presence.state)
  const personId = session?.viewer.person_id ?? null
  const full = session !== null && session.duties.length === 0

  useEffect(() => {
    const stop = watchPresence()
    void presence.look()
    return stop
  }, [])
  useEffect(() => {
    if (personId !== null && full) void loadPersonal(personId)
  }, [personId, full])
  useEffect(() => {
    if (!full || away) return undefined
    return watchActivity(() => void reportActivity().catch(() => undefined))
  }, [full, away])

  if (error !== null) return <ErrorNotice error={error} onRetry={() => void presence.look()} />
  if (session === null) return null
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
