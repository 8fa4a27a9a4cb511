import { ApiError } from '../api/problem'
import { type Session, VISITOR } from '../api/session'

/** What has to be known of somebody at the door. */
export interface Doorstep {
  session: () => Promise<Session>
  /** False where somebody was signed in here, or came by a share link: they are to sign in again, or are told that it ended. */
  mayVisit: () => boolean
  /** Whether there is anything for who is not signed in. */
  somethingPublic: () => Promise<boolean>
}

/** Who is here; somebody without a session is a visitor where there is something public, and is refused elsewhere. */
export async function sessionOrVisit({ session, mayVisit, somethingPublic }: Doorstep): Promise<Session> {
  try {
    return await session()
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'unauthenticated' || !mayVisit()) throw error
    // A server that cannot say so is asked again by the sign-in page.
    if (await somethingPublic().catch(() => false)) return VISITOR
    throw error
  }
}
