import { useEffect, useState } from 'react'

import { type Share, listShares } from '../../api/shares'
import { t } from '../../i18n'
import { type News, newsOf } from '../../model/shareNews'
import { Link } from '../shell/Link'
import { useSession } from '../shell/session'
import style from './ShareNews.module.css'
import { nameOf } from './words'

const LOOK_MS = 60_000
/** The moment up to which this person has been told. */
const SEEN = 'coverslip.shareNews.'

/** Tells the sender that somebody is done, or asks for more time, until they have seen it. */
export function ShareNews() {
  const { viewer } = useSession()
  const personId = viewer.person_id
  const [shares, setShares] = useState<readonly Share[]>([])
  const [seen, setSeen] = useState(() => read(personId))
  useEffect(() => {
    const controller = new AbortController()
    const look = (): void => {
      if (document.visibilityState !== 'visible') return
      // The list says it, too: without an answer nothing is lost.
      listShares({ state: 'all' }, controller.signal).then(
        (page) => setShares(page.items),
        () => undefined,
      )
    }
    look()
    const timer = setInterval(look, LOOK_MS)
    return () => {
      controller.abort()
      clearInterval(timer)
    }
  }, [])
  const news = newsOf(shares.filter((one) => one.made_by.person_id === personId), seen)
  const dismiss = (): void => {
    const latest = news.at(0)?.at
    if (latest === undefined) return
    write(personId, latest)
    setSeen(latest)
  }
  return (
    <div className={style.place} role="status">
      {news.length > 0 && (
        <div className={style.news}>
          <ul className={style.list}>
            {news.slice(0, 3).map((one) => (
              <li key={`${one.share.share_id} ${one.at}`}>{sentenceOf(one)}</li>
            ))}
          </ul>
          <Link href="/shares" className={style.show} onClick={dismiss}>
            {t('shares.newsShow')}
          </Link>
          <button type="button" className={style.close} onClick={dismiss}>
            {t('shares.newsDismiss')}
          </button>
        </div>
      )}
    </div>
  )
}

function sentenceOf({ kind, share }: News): string {
  const words = { name: nameOf(share), object: share.object_name ?? t('shares.gone') }
  return kind === 'done' ? t('shares.newsDone', words) : t('shares.newsRequest', words)
}

function read(personId: string): string {
  try {
    return window.localStorage.getItem(SEEN + personId) ?? ''
  } catch {
    return ''
  }
}

function write(personId: string, at: string): void {
  try {
    window.localStorage.setItem(SEEN + personId, at)
  } catch {
    // Then it holds for as long as the page.
  }
}
