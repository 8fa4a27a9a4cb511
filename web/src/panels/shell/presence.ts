import { holdRequests, onSignedOut, reportSignedIn } from '../../api/client'
import { getSession, isSomebodyElse, noteShown } from '../../api/session'
import { guestMark } from '../../api/guest'
import { lookAtShare } from '../../api/shares'
import { Presence } from '../../model/presence'
import { go, presentPlace } from '../../shell/navigation'

/** Whether the person who opened this window is still signed in; it outlives the pages. */
export const presence = new Presence({
  look: () => getSession(),
  isSomebodyElse,
  leave: () => void leave(),
  reload: () => window.location.reload(),
  resume: reportSignedIn,
  entered: (session) => {
    noteShown(session)
    holdRequests(true)
  },
})

/** To the sign-in page; whoever was here by a share link has no account to sign in with. */
async function leave(): Promise<void> {
  const next = presentPlace()
  // A fresh tab remembers nothing; whether this browser came by a link is known to the server.
  const guest = guestMark() !== null || (await lookAtShare(null).then(({ state }) => state !== 'none', () => false))
  if (guest) go('/share', { replace: true })
  else go('/signin', { replace: true, next })
}

/** Watch until the returned function is called: what the server says, and whoever signs in in another tab. */
export function watchPresence(): () => void {
  const stop = onSignedOut(() => void presence.look(true))
  const seen = (): void => {
    if (document.visibilityState === 'visible' && presence.state.get().away) void presence.look()
  }
  document.addEventListener('visibilitychange', seen)
  window.addEventListener('focus', seen)
  return () => {
    stop()
    presence.rest()
    document.removeEventListener('visibilitychange', seen)
    window.removeEventListener('focus', seen)
  }
}
