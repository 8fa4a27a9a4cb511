import { type Session, isSomebodyElse } from '../../api/session'
import { go } from '../../shell/navigation'

/** Go on as the person who has just signed in; nothing that this window holds of somebody else stays. */
export function enter(session: Session, to: string): void {
  if (isSomebodyElse(session)) window.location.replace(to)
  else go(to, { replace: true })
}
