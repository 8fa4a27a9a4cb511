import { createContext, use } from 'react'

import { type Guest, type Session, isVisitor } from '../../api/session'

export const SessionContext = createContext<Session | null>(null)

/** Who is signed in; pages inside `SessionGate` always have somebody. */
export function useSession(): Session {
  const session = use(SessionContext)
  if (session === null) throw new Error('useSession is used outside SessionGate')
  return session
}

/** What the link shows by which somebody is here without an account; null for everybody else. */
export function useGuest(): Guest | null {
  return use(SessionContext)?.share ?? null
}

/** Whether nobody is signed in, and what is public is looked at. */
export function useVisitor(): boolean {
  return isVisitor(use(SessionContext))
}

/** Whether no account stands behind who is here: the guest of a share link, or a visitor. */
export function useWithoutAccount(): boolean {
  const session = use(SessionContext)
  return isVisitor(session) || (session?.share ?? null) !== null
}

/** Whether somebody may read the audit trail; the server decides, this only spares them the way. */
export function mayAudit({ viewer }: Session): boolean {
  return viewer.is_admin || viewer.organisation_role === 'auditor'
}
