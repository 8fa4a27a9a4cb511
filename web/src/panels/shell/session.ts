import { createContext, use } from 'react'

import type { Session } from '../../api/session'

export const SessionContext = createContext<Session | null>(null)

/** Who is signed in; pages inside `SessionGate` always have somebody. */
export function useSession(): Session {
  const session = use(SessionContext)
  if (session === null) throw new Error('useSession is used outside SessionGate')
  return session
}

/** Whether somebody may read the audit trail; the server decides, this only spares them the way. */
export function mayAudit({ viewer }: Session): boolean {
  return viewer.is_admin || viewer.organisation_role === 'auditor'
}
