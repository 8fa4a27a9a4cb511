import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { restoreCase, restoreSlides } from '../api/cases'
import { isAbort } from '../api/problem'
import { restoreProject } from '../api/projects'
import { type TrashItem, listTrash } from '../api/trash'
import { formatMoment, t } from '../i18n'
import { PurgeDialog, purgedText } from '../panels/cases/PurgeDialog'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Footer } from '../panels/shell/Footer'
import { PageHeader } from '../panels/shell/PageHeader'
import rows from '../panels/shell/Rows.module.css'
import { Icon } from '../panels/shell/icons'
import { useApp } from '../panels/shell/useApp'
import { useTitle } from '../panels/shell/useTitle'
import style from './Trash.module.css'

const KINDS = ['project', 'case', 'slide'] as const
const ICONS = { project: 'folder', case: 'case', slide: 'file' } as const

/** What was put away, and the way back for each. */
export function Trash() {
  const app = useApp()
  const [items, setItems] = useState<readonly TrashItem[] | null>(null)
  const [cursor, setCursor] = useState<string | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [said, setSaid] = useState('')
  const [total, setTotal] = useState(0)
  /** What is about to be deleted: one thing, or all of it. */
  const [purging, setPurging] = useState<TrashItem | 'all' | null>(null)
  const [version, setVersion] = useState(0)
  useTitle(t('trash.title'))

  useEffect(() => {
    const controller = new AbortController()
    listTrash(null, controller.signal).then(
      (page) => {
        setItems(page.items)
        setCursor(page.next_cursor)
        setTotal(page.total_slides)
        setError(null)
      },
      (failure: unknown) => {
        if (!isAbort(failure)) setError(failure)
      },
    )
    return () => controller.abort()
  }, [version])

  const more = (): void => {
    listTrash(cursor).then((page) => {
      setItems([...(items ?? []), ...page.items])
      setCursor(page.next_cursor)
    }, setError)
  }
  const restore = (some: readonly TrashItem[], text: string): void => {
    setError(null)
    restoreItems(some)
      .then(() => setSaid(text), setError)
      .finally(() => setVersion((now) => now + 1))
  }
  return (
    <div className={style.page}>
      <PageHeader back={t('trash.back')} />
      <main className={style.main}>
        <div className={style.top}>
          <div>
            <h1 className={style.title}>{t('trash.title')}</h1>
            <p className={style.text}>{t('trash.text')}</p>
          </div>
          {items !== null && items.length > 0 && (
            <Button variant="default" className={style.empties} onClick={() => setPurging('all')}>
              {t('trash.purgeAll')}
            </Button>
          )}
        </div>
        <p className={style.said} role="status">
          {said}
        </p>
        {error !== null && (
          <ErrorNotice compact error={error} title={t(items === null ? 'trash.failed' : 'trash.restoreFailed')} />
        )}
        {items?.length === 0 && <p className={style.empty}>{t('trash.empty')}</p>}
        {KINDS.map((kind) => {
          const some = items?.filter((item) => item.kind === kind) ?? []
          return some.length === 0 ? null : (
            <section key={kind} className={style.kind} aria-label={t(`trash.${kind}s`)}>
              <div className={style.head}>
                <h2 className={style.heading}>{t(`trash.${kind}s`)}</h2>
                {some.length > 1 && (
                  <Button
                    variant="default"
                    size="xs"
                    onClick={() => restore(some, t('edits.restored', { count: some.length }))}
                  >
                    {t('trash.restoreAll')}
                  </Button>
                )}
              </div>
              <ul className={rows.rows}>
                {some.map((item) => (
                  <Row
                    key={item.object_id}
                    item={item}
                    onRestore={() => restore([item], t('trash.restored', { name: item.name }))}
                    onPurge={() => setPurging(item)}
                  />
                ))}
              </ul>
            </section>
          )
        })}
        {cursor !== null && (
          <Button variant="default" onClick={more}>
            {t('trash.more')}
          </Button>
        )}
      </main>
      {purging !== null && (
        <PurgeDialog
          item={purging === 'all' ? null : purging}
          total={total}
          onDone={(purged) => {
            setPurging(null)
            setSaid(purgedText(purged))
            setVersion((now) => now + 1)
          }}
          onClose={() => setPurging(null)}
        />
      )}
      <Footer app={app} />
    </div>
  )
}

interface RowProps {
  item: TrashItem
  onRestore: () => void
  onPurge: () => void
}

function Row({ item, onRestore, onPurge }: RowProps) {
  const facts = [
    item.kind === 'slide' ? null : t('cases.slides', { count: item.slide_count }),
    t('trash.since', { time: formatMoment(item.trashed_at) }),
    item.trashed_by === null ? null : t('trash.by', { name: item.trashed_by }),
  ].filter((fact) => fact !== null)
  return (
    <li className={style.row}>
      <Icon name={ICONS[item.kind]} />
      <span className={style.what}>
        <span className={rows.name}>{item.name}</span>
      </span>
      <span className={style.facts}>{facts.join(' · ')}</span>
      <span className={style.actions}>
        <Button variant="default" size="xs" aria-label={t('trash.restoreOf', { name: item.name })} onClick={onRestore}>
          {t('trash.restore')}
        </Button>
        <Button variant="subtle" color="red" size="xs" aria-label={t('trash.purgeOf', { name: item.name })} onClick={onPurge}>
          {t('trash.purge')}
        </Button>
      </span>
    </li>
  )
}

/** Projects first: a case or a slide has no place to come back to while its project is away. */
async function restoreItems(items: readonly TrashItem[]): Promise<void> {
  for (const item of items.filter(({ kind }) => kind === 'project')) await restoreProject(item.object_id)
  for (const item of items.filter(({ kind }) => kind === 'case')) await restoreCase(item.object_id)
  const slides = items.filter(({ kind }) => kind === 'slide').map((item) => item.object_id)
  if (slides.length > 0) await restoreSlides(slides)
}
