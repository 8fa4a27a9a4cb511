import { useEffect, useMemo, useState } from 'react'

import { getHistory, getJournal } from '../../api/annotations'
import { isAbort } from '../../api/problem'
import { formatDate, formatMoment, formatSince, t } from '../../i18n'
import type { Entry } from '../../model/annotations/types'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Icon } from '../shell/icons'
import small from '../shell/Small.module.css'
import { useSelected } from '../viewer/useSelected'
import { useAbilities, useAnnotations, useDocument, useNow } from './context'
import { goTo } from './look'
import { nameOf } from './objects'
import { panel } from './panelState'
import { TimeSlider } from './TimeSlider'
import { entryText, targetText } from './words'
import style from './history.module.css'

const MOST = 200

/** What happened on the slide, or to one object; the slide as it was at any moment; what was deleted. */
export function History() {
  const { document } = useAnnotations()
  const historyOf = useSelected(panel, (state) => state.historyOf)
  const { draw } = useAbilities()
  const [wanted, setTrash] = useState(false)
  const trash = wanted && draw // whoever may not draw has nothing to take back
  const one = historyOf === null ? undefined : document.get(historyOf)
  if (historyOf !== null) {
    return (
      <>
        <div className={style.back}>
          <button type="button" className={small.link} onClick={() => panel.set({ historyOf: null })}>
            <Icon name="left" size={14} /> {t('annotations.historyOfSlide')}
          </button>
          <h3>{one === undefined ? t('annotations.anObject') : nameOf(one)}</h3>
        </div>
        <Entries of={historyOf} />
      </>
    )
  }
  return (
    <>
      <TimeSlider />
      {draw && (
        <div className={style.which} role="group" aria-label={t('annotations.history')}>
          <button type="button" className={small.act} aria-pressed={!trash} onClick={() => setTrash(false)}>
            {t('annotations.whatHappened')}
          </button>
          <button type="button" className={small.act} aria-pressed={trash} onClick={() => setTrash(true)}>
            {t('annotations.trash')}
          </button>
        </div>
      )}
      {trash ? <Trash /> : <Entries of={null} />}
    </>
  )
}

function Entries({ of }: { of: string | null }) {
  const { document, slide, viewer } = useAnnotations()
  const seq = useDocument((state) => state.seq)
  const classes = useDocument((state) => state.classes)
  const annotations = useDocument((state) => state.annotations)
  const { entries, error } = useEntries(slide.slide_id, of, seq)
  const days = useMemo(() => byDay(entries ?? []), [entries])
  if (error !== null) return <ErrorNotice compact error={error} title={t('annotations.historyFailed')} />
  if (entries === null) return <p className={small.quiet}>{t('annotations.loading')}</p>
  if (entries.length === 0) return <p className={style.nothing}>{t('annotations.nothingHappened')}</p>
  const open = (entry: Entry) => () => {
    if (entry.entity !== 'annotation') return
    const now = annotations.get(entry.target)
    const before = (entry.patch['geometry'] ?? entry.before['geometry']) as Parameters<typeof goTo>[1][number] | undefined
    if (now !== undefined) document.select([entry.target])
    const geometry = now?.geometry ?? before
    if (geometry !== undefined) goTo(viewer, [geometry])
  }
  return (
    <ol className={style.entries} aria-label={t('annotations.history')}>
      {days.map(([day, list]) => (
        <li key={day}>
          <h4>{day}</h4>
          <ol>
            {list.map((entry) => (
              <li key={entry.seq} className={style.entry}>
                <button type="button" disabled={entry.entity !== 'annotation'} onClick={open(entry)}>
                  <strong>{entry.author_name}</strong> {entryText(entry, classes)}
                  {of === null && targetText(entry, annotations.get(entry.target)) !== '' && (
                    <em>{targetText(entry, annotations.get(entry.target))}</em>
                  )}
                </button>
                <time dateTime={entry.at} title={formatMoment(entry.at)}>
                  {formatSince(entry.at)}
                </time>
                <button
                  type="button"
                  className={small.link}
                  title={t('annotations.showThen', { when: formatMoment(entry.at) })}
                  onClick={() => void document.showAt({ seq: entry.seq, time: entry.at })}
                >
                  {t('annotations.then')}
                </button>
              </li>
            ))}
          </ol>
        </li>
      ))}
    </ol>
  )
}

function Trash() {
  const { document, viewer } = useAnnotations()
  // Asked for anew with every change of the document.
  useDocument((state) => state.annotations)
  useDocument((state) => state.seq)
  const can = useAbilities()
  const now = useNow()
  const gone = document.trash()
  if (gone.length === 0) return <p className={style.nothing}>{t('annotations.trashEmpty')}</p>
  return (
    <ul className={style.entries} aria-label={t('annotations.trash')}>
      {gone.map((one) => (
        <li key={one.annotation_id} className={style.entry}>
          <button type="button" onClick={() => goTo(viewer, [one.geometry])}>
            <strong>{nameOf(one)}</strong> {t('annotations.byWhen', { name: one.author_name, when: formatSince(one.changed_at) })}
          </button>
          {can.draw && now && (
            <button type="button" className={small.link} onClick={() => document.restore([one.annotation_id])}>
              {t('annotations.restore')}
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

function useEntries(slideId: string, of: string | null, seq: number): { entries: readonly Entry[] | null; error: unknown } {
  const [entries, setEntries] = useState<readonly Entry[] | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    const controller = new AbortController()
    const load =
      of === null
        ? getJournal(slideId, Math.max(0, seq - MOST), controller.signal).then((page) => page.entries)
        : getHistory(slideId, of, controller.signal)
    load.then(
      (found) => {
        setEntries([...found].reverse())
        setError(null)
      },
      (failure: unknown) => {
        if (!isAbort(failure)) setError(failure)
      },
    )
    return () => controller.abort()
  }, [slideId, of, seq])
  return { entries, error }
}

function byDay(entries: readonly Entry[]): readonly [string, readonly Entry[]][] {
  const days = new Map<string, Entry[]>()
  for (const entry of entries) {
    const day = formatDate(entry.at)
    days.set(day, [...(days.get(day) ?? []), entry])
  }
  return [...days]
}
