import { useEffect } from 'react'

import type { Guest } from '../../api/session'
import { t } from '../../i18n'
import { go } from '../../shell/navigation'
import { slidePath } from '../../shell/routes'
import { opens } from '../library/words'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useTitle } from '../shell/useTitle'
import style from './Guest.module.css'
import { GuestCard } from './GuestCard'
import { useGuestSlides } from './useGuestSlides'

/** The slides of a share, in the sender's order; a single one is opened at once. */
export function GuestSlides({ guest }: { guest: Guest }) {
  const { slides, error, again } = useGuestSlides(guest, null)
  const only = slides?.length === 1 ? slides[0] : undefined
  const single = only !== undefined && opens(only) ? only.slide_id : null
  useTitle(null)
  useEffect(() => {
    if (single !== null) go(slidePath(single), { replace: true })
  }, [single])
  return (
    <main className={style.page}>
        <div className={style.head}>
          <h1 className={style.title}>{t('guest.slides')}</h1>
          {slides !== null && <span className={style.count}>{t('guest.count', { count: slides.length })}</span>}
        </div>
        {guest.note !== '' && (
          <blockquote className={style.note} aria-label={t('door.note')}>
            {guest.note}
          </blockquote>
        )}
        {error !== null && <ErrorNotice error={error} title={t('guest.failed')} onRetry={again} />}
        {slides?.length === 0 && <p>{t('guest.empty', { name: guest.from })}</p>}
        <ol className={style.slides}>
          {slides?.map((slide) => (
            <li key={slide.slide_id}>
              <GuestCard slide={slide} address={slidePath(slide.slide_id)} watermark={guest.watermark} />
            </li>
          ))}
        </ol>
    </main>
  )
}
