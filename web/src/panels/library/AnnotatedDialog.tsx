import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { findAnnotatedSlides, type FindQuery } from '../../api/annotations'
import { isAbort } from '../../api/problem'
import { getSlide, type SlideDetail } from '../../api/slides'
import { formatMoment, t } from '../../i18n'
import { identityText } from '../../model/caseFacts'
import { slidePath } from '../../shell/routes'
import { useCalm } from '../cases/useRules'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { Link } from '../shell/Link'
import { useSession } from '../shell/session'
import { Thumbnail } from './Thumbnail'
import style from './AnnotatedDialog.module.css'

const REVIEWS = ['draft', 'in_review', 'approved', 'rejected'] as const
const PAGE = 24
const CALM_MS = 250

interface Asked {
  className: string
  mine: boolean
  since: string
  until: string
  review: (typeof REVIEWS)[number] | null
}

interface Found {
  slide: SlideDetail
  count: number
  changedAt: string
}

/** Slides by what is drawn on them: class, author, date, state. */
export function AnnotatedDialog({ projectId, onClose }: { projectId: string | null; onClose: () => void }) {
  const { viewer } = useSession()
  const [asked, setAsked] = useState<Asked>({ className: '', mine: false, since: '', until: '', review: null })
  const query = queryOf(asked, projectId, viewer.person_id)
  const { found, cursor, error, busy, more } = useFound(useCalm(JSON.stringify(query), CALM_MS))
  const set = (change: Partial<Asked>): void => setAsked({ ...asked, ...change })
  return (
    <Dialog wide title={t('annotated.find')} onClose={onClose}>
      <div className={style.whole}>
        <div className={style.fields} role="search">
          <label className={form.label}>
            {t('annotated.class')}
            <input data-autofocus className={input.input} value={asked.className} maxLength={100} placeholder={t('annotated.anyClass')} onChange={(event) => set({ className: event.currentTarget.value })} />
          </label>
          <label className={form.label}>
            {t('annotated.author')}
            <select className={input.input} value={asked.mine ? 'me' : ''} onChange={(event) => set({ mine: event.currentTarget.value === 'me' })}>
              <option value="">{t('annotated.anybody')}</option>
              <option value="me">{t('annotated.me')}</option>
            </select>
          </label>
          <label className={form.label}>
            {t('annotated.review')}
            <select className={input.input} value={asked.review ?? ''} onChange={(event) => set({ review: REVIEWS.find((one) => one === event.currentTarget.value) ?? null })}>
              <option value="">{t('annotations.allStates')}</option>
              {REVIEWS.map((one) => (
                <option key={one} value={one}>
                  {t(`annotations.review.${one}`)}
                </option>
              ))}
            </select>
          </label>
          <label className={form.label}>
            {t('annotated.since')}
            <input type="date" className={input.input} value={asked.since} max={asked.until} onChange={(event) => set({ since: event.currentTarget.value })} />
          </label>
          <label className={form.label}>
            {t('annotated.until')}
            <input type="date" className={input.input} value={asked.until} min={asked.since} onChange={(event) => set({ until: event.currentTarget.value })} />
          </label>
        </div>
        {error !== null && <ErrorNotice compact error={error} />}
        <p className={form.quiet} role="status">
          {busy && found.length === 0 ? t('annotations.loading') : found.length === 0 && error === null ? t('annotated.nothing') : ''}
        </p>
        <ul className={style.found}>
          {found.map(({ slide, count, changedAt }) => (
            <li key={slide.slide_id}>
              <Link className={style.slide} href={slidePath(slide.slide_id)}>
                <span className={style.picture}>
                  <Thumbnail slide={slide} size={128} />
                </span>
                <span className={style.words}>
                  <strong>{identityText(slide)}</strong>
                  <span>{t('annotated.count', { count })}</span>
                  <small>{formatMoment(changedAt)}</small>
                </span>
              </Link>
            </li>
          ))}
        </ul>
        {cursor !== null && (
          <Button variant="default" loading={busy} onClick={more}>
            {t('annotated.more')}
          </Button>
        )}
      </div>
    </Dialog>
  )
}

function queryOf({ className, mine, since, until, review }: Asked, projectId: string | null, me: string): FindQuery {
  const words = className.trim()
  return {
    limit: PAGE,
    ...(words === '' ? {} : { class_name: words }),
    ...(mine ? { author_id: me } : {}),
    // Days are those of whoever asks: from the first minute of one to the last of another.
    ...(since === '' ? {} : { since: new Date(`${since}T00:00:00`).toISOString() }),
    ...(until === '' ? {} : { until: new Date(`${until}T23:59:59.999`).toISOString() }),
    ...(review === null ? {} : { review }),
    ...(projectId === null ? {} : { project_id: projectId }),
  }
}

interface Listing {
  found: readonly Found[]
  cursor: string | null
  error: unknown
  busy: boolean
  more: () => void
}

/** Page by page; a new question begins anew. */
function useFound(question: string): Listing {
  const [state, setState] = useState<{ found: readonly Found[]; cursor: string | null; error: unknown; busy: boolean }>({
    found: [],
    cursor: null,
    error: null,
    busy: true,
  })
  const [after, setAfter] = useState<{ question: string; cursor: string } | null>(null)
  const cursor = after?.question === question ? after.cursor : null
  useEffect(() => {
    const controller = new AbortController()
    const query = JSON.parse(question) as FindQuery
    page({ ...query, ...(cursor === null ? {} : { cursor }) }, controller.signal).then(
      (next) => setState((before) => ({ ...next, found: cursor === null ? next.found : [...before.found, ...next.found], error: null, busy: false })),
      (error: unknown) => {
        if (!isAbort(error)) setState((before) => ({ ...before, error, busy: false }))
      },
    )
    return () => controller.abort()
  }, [question, cursor])
  const more = (): void => {
    if (state.cursor === null) return
    setState((before) => ({ ...before, busy: true }))
    setAfter({ question, cursor: state.cursor })
  }
  return { ...state, more }
}

async function page(query: FindQuery, signal: AbortSignal): Promise<{ found: Found[]; cursor: string | null }> {
  const { items, next_cursor: cursor } = await findAnnotatedSlides(query, signal)
  const slides = await Promise.allSettled(items.map((one) => getSlide(one.slide_id, signal)))
  // A slide that went meanwhile is left out.
  const found = items.flatMap((one, i) => {
    const slide = slides[i]
    return slide?.status === 'fulfilled' ? [{ slide: slide.value, count: one.count, changedAt: one.changed_at }] : []
  })
  return { found, cursor }
}
