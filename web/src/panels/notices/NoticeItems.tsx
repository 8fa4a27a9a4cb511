import { useEffect, useState } from 'react'

import { listNotices, type NoticeList, type NoticeOut, readNotices } from '../../api/notices'
import { isAbort } from '../../api/problem'
import { formatSince, t } from '../../i18n'
import { slidePath } from '../../shell/routes'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Link } from '../shell/Link'
import small from '../shell/Small.module.css'
import { MailChoices } from './MailChoices'
import style from './notices.module.css'

interface Props {
  list: NoticeList | null
  onList: (list: NoticeList) => void
  onClose: () => void
}

/** The latest notices; going to what one is about marks it as read. */
export function NoticeItems({ list, onList, onClose }: Props) {
  const [error, setError] = useState<unknown>(null)
  const [choosing, setChoosing] = useState(false)
  useEffect(() => {
    const controller = new AbortController()
    listNotices(controller.signal).then(onList, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [onList])
  const items = list?.items ?? []
  const unread = list?.unread ?? 0
  const read = (ids: readonly string[] | null): void => {
    readNotices(ids).then(() => listNotices().then(onList), setError)
  }
  return (
    <div className={style.panel}>
      <header>
        <h2>{t('notices.title')}</h2>
        {unread > 0 && (
          <button type="button" className={small.link} onClick={() => read(null)}>
            {t('notices.readAll')}
          </button>
        )}
      </header>
      {error !== null && <ErrorNotice compact error={error} title={t('notices.failed')} />}
      {list !== null && items.length === 0 && <p className={small.quiet}>{t('notices.none')}</p>}
      <ul>
        {items.map((one) => (
          <li key={one.notice_id} className={style.item} data-unread={one.read_at === null || undefined}>
            <Item
              one={one}
              onGo={() => {
                if (one.read_at === null) read([one.notice_id])
                onClose()
              }}
            />
          </li>
        ))}
      </ul>
      <button type="button" className={small.link} aria-expanded={choosing} onClick={() => setChoosing(!choosing)}>
        {t('notices.mail')}
      </button>
      {choosing && <MailChoices />}
    </div>
  )
}

function Item({ one, onGo }: { one: NoticeOut; onGo: () => void }) {
  const words = (
    <>
      <span>{sentenceOf(one)}</span>
      <small>
        {[one.slide_name ?? '', formatSince(one.at)].filter((word) => word !== '').join(' · ')}
        {one.read_at === null && <span className="cs-unseen"> {t('notices.new')}</span>}
      </small>
    </>
  )
  if (one.slide_id === null) {
    return (
      <button type="button" className={style.go} onClick={onGo}>
        {words}
      </button>
    )
  }
  return (
    <Link href={addressOf(one, one.slide_id)} className={style.go} onClick={onGo}>
      {words}
    </Link>
  )
}

/** Where a notice leads: the slide, with what it is about chosen. */
function addressOf({ annotation_id: annotation, comment_id: comment }: NoticeOut, slideId: string): string {
  const about = new URLSearchParams({ ...(annotation === null ? {} : { annotation }), ...(comment === null ? {} : { comment }) })
  return slidePath(slideId, about)
}

function sentenceOf({ kind, by_name: by, word }: NoticeOut): string {
  const name = by === '' ? t('notices.somebody') : by
  if (kind === 'review_decided') return t(word === 'rejected' ? 'notices.rejected' : 'notices.approved', { name })
  return t(`notices.kind.${kind}`, { name })
}
