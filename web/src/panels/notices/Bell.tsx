import { lazy, Suspense, useCallback, useEffect, useState } from 'react'

import { listNotices, type NoticeList } from '../../api/notices'
import { formatCount, t } from '../../i18n'
import { Disclosure } from '../shell/Disclosure'
import style from './notices.module.css'

const NoticeItems = lazy(async () => ({ default: (await import('./NoticeItems')).NoticeItems }))

/** How often one asks while no socket says it at once. */
const ASK_MS = 60_000

/** What happened that concerns me; `pushed` grows whenever the live connection says that there is something. */
export function Bell({ pushed = 0 }: { pushed?: number }) {
  const [list, setList] = useState<NoticeList | null>(null)
  const look = useCallback((signal?: AbortSignal) => {
    // Without an answer nothing is new; whoever opens the list is told why.
    listNotices(signal).then(setList, () => undefined)
  }, [])
  useEffect(() => {
    const controller = new AbortController()
    const ask = (): void => {
      if (document.visibilityState === 'visible') look(controller.signal)
    }
    ask()
    const timer = setInterval(ask, ASK_MS)
    return () => {
      controller.abort()
      clearInterval(timer)
    }
  }, [look, pushed])
  const unread = list?.unread ?? 0
  const label = unread === 0 ? t('notices.title') : t('notices.unread', { count: unread })
  return (
    <Disclosure
      label={label}
      className={style.bell}
      face={
        <>
          <svg width="18" height="18" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
            <path d="M5 14V9a5 5 0 0 1 10 0v5l1.2 1.5H3.8zM8.2 15.5a1.9 1.9 0 0 0 3.6 0" />
          </svg>
          {unread > 0 && <span className={style.number}>{unread > 99 ? '99+' : formatCount(unread)}</span>}
        </>
      }
    >
      {(close) => (
        <Suspense fallback={null}>
          <NoticeItems list={list} onList={setList} onClose={close} />
        </Suspense>
      )}
    </Disclosure>
  )
}
