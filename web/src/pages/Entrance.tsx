import { useEffect } from 'react'

import { markGuest } from '../api/guest'
import { ApiError, isAbort } from '../api/problem'
import { getSession } from '../api/session'
import { t } from '../i18n'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Sheet } from '../panels/shell/Sheet'
import { useLoaded } from '../panels/shell/useLoaded'
import { go } from '../shell/navigation'
import { libraryPath, slidePath } from '../shell/routes'

/** Where a share link goes on once it is open: from here on this tab shows what was shared, where the sender was. */
export function Entrance({ slideId }: { slideId: string | null }) {
  const { value: session, error, again } = useLoaded(enter)
  const nobody = (error instanceof ApiError && error.code === 'unauthenticated') || (session !== null && !session.share)
  const start = session?.share?.start
  const view = start?.slide_id === slideId ? (start.view ?? '') : ''
  const to = session === null ? null : slideId === null ? libraryPath() : slidePath(slideId) + (view === '' ? '' : `#${view}`)
  useEffect(() => {
    if (nobody) go('/share', { replace: true })
    else if (to !== null) go(to, { replace: true })
  }, [nobody, to])
  return (
    <Sheet title={t('app.loading')} plain>
      {error !== null && !nobody && !isAbort(error) && <ErrorNotice compact error={error} title={t('door.failed')} onRetry={again} />}
    </Sheet>
  )
}

function enter(signal: AbortSignal) {
  // Before anything is asked: the browser may hold the cookies of an account, too.
  markGuest()
  return getSession(signal)
}
