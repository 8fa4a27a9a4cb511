import { useEffect } from 'react'

import type { Guest } from '../../api/session'
import type { SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { go } from '../../shell/navigation'
import { slidePath } from '../../shell/routes'
import { Thumbnail } from '../library/Thumbnail'
import { opens } from '../library/words'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Link } from '../shell/Link'
import { OpenedDot } from '../shell/OpenedDot'
import { useTitle } from '../shell/useTitle'
import style from './Guest.module.css'
import { useGuestSlides } from './useGuestSlides'
import { Watermark } from './Watermark'

const THUMBNAIL_PX = 512

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
              <Card slide={slide} watermark={guest.watermark} />
            </li>
          ))}
        </ol>
    </main>
  )
}

function Card({ slide, watermark }: { slide: SlideSummary; watermark: string | null }) {
  return (
    <Link href={slidePath(slide.slide_id)} className={style.slide} aria-label={t('guest.opens', { name: slide.name })}>
      <span className={style.picture}>
        <Thumbnail slide={slide} size={THUMBNAIL_PX} />
        {watermark !== null && <Watermark text={watermark} />}
      </span>
      <span className={style.words}>
        <strong>
          <OpenedDot slideId={slide.slide_id} />
          {slide.name}
        </strong>
        <span>{[slide.block, slide.stain].filter((word) => word !== null && word !== '').join(' · ')}</span>
      </span>
    </Link>
  )
}
