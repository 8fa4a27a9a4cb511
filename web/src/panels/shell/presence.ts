import { holdRequests, onSignedOut, reportSignedIn } from '../../api/client'
import { getApp, getSession, getSignInOptions, isSomebodyElse, isVisitor, noteShown } from '../../api/session'
import { guestMark, markVisitor } from '../../api/guest'
import { lookAtShare } from '../../api/shares'
import { Presence } from '../../model/presence'
import { sessionOrVisit } from '../../model/visit'
import { go, presentPlace } from '../../shell/navigation'

/** Whether the person who opened this window is still signed in; it outlives the pages. */
export const presence: Presence = new Presence({
  look: () => sessionOrVisit({ session: () => getSession(), mayVisit, somethingPublic }),
  isSomebodyElse,
  leave: () => void leave(),
  reload: () => window.location.reload(),
  resume: reportSignedIn,
  entered: (session) => {
    noteShown(session)
    markVisitor(isVisitor(session))
    // Whatever a visitor is refused waits for nobody: they are taken to the sign-in page.
    holdRequests(!isVisitor(session))
  },
})

/** To the sign-in page; whoever was here by a share link has no account to sign in with. */
async function leave(): Promise<void> {
  const next = presentPlace()
  if (guestMark() !== null || (await cameByLink())) go('/share', { replace: true })
  else go('/signin', { replace: true, next })
}

/** A fresh tab remembers nothing; whether this browser came by a link, ended or not, is known to the server. */
function cameByLink(): Promise<boolean> {
  return lookAtShare(null).then(({ state }) => state !== 'none', () => false)
}

function mayVisit(): boolean {
  const { session } = presence.state.get()
  return guestMark() === null && (session === null || isVisitor(session))
}

async function somethingPublic(): Promise<boolean> {
  if (!(await getApp()).public_projects) return false
  if (isVisitor(presence.state.get().session)) return true // the rest was asked at the door
  // Whoever came by a link that has ended is told so, at the link's own page.
  if (await cameByLink()) return false
  // With its answer the browser forgets a session that has ended, with which the server would refuse what is public.
  await getSignInOptions()
  return true
}

/** Watch until the returned function is called: what the server says, and whoever signs in in another tab. */
export function watchPresence(): () => void {
  const stop = onSignedOut(() => void presence.look(true))
  const seen = ({ type }: Event): void => {
    const { away, session } = presence.state.get()
    // A visitor who comes back from another tab may have signed in there.
    const again = away || (type === 'visibilitychange' && isVisitor(session))
    if (document.visibilityState === 'visible' && again) void presence.look()
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
