import type { SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { Thumbnail } from '../library/Thumbnail'
import { Link } from '../shell/Link'
import { OpenedDot } from '../shell/OpenedDot'
import style from './Guest.module.css'
import { Watermark } from './Watermark'

const THUMBNAIL_PX = 512

interface Props {
  slide: SlideSummary
  address: string
  watermark: string | null
}

/** One slide for somebody without an account: its picture and its name, which open it, and nothing to do with it besides. */
export function GuestCard({ slide, address, watermark }: Props) {
  return (
    <Link href={address} className={style.slide} aria-label={t('guest.opens', { name: slide.name })}>
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
