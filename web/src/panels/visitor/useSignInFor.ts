import { useEffect } from 'react'

import { ApiError } from '../../api/problem'
import { go, presentPlace } from '../../shell/navigation'
import { useVisitor } from '../shell/session'

/** Takes a visitor whom the server shows nothing to the sign-in page, which comes back here; true while it does. */
export function useSignInFor(error: unknown): boolean {
  const visitor = useVisitor()
  const closed = visitor && error instanceof ApiError && error.status === 404
  useEffect(() => {
    if (closed) go('/signin', { replace: true, next: presentPlace() })
  }, [closed])
  return closed
}
