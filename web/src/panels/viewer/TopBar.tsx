import type { ReactNode } from 'react'

import type { SlideDetail } from '../../api/slides'
import { locale, t } from '../../i18n'
import { identityText } from '../../model/caseFacts'
import { magnification, magnificationText } from '../../model/magnification'
import { currentPlace, go } from '../../shell/navigation'
import { libraryPath, slidePath } from '../../shell/routes'
import { Link } from '../shell/Link'
import { useGuest } from '../shell/session'
import { BackIcon, NextIcon, PreviousIcon } from './icons'
import { useViewerState } from './OpenViewer'
import { ToolButton } from './ToolButton'
import { useKeyNames } from './useKeyNames'
import type { Series } from './useSeries'
import style from './viewer.module.css'

/** Open another slide of the same list. */
export function goToSlide(slideId: string | null | undefined): void {
  if (slideId !== null && slideId !== undefined) go(slidePath(slideId, currentPlace().search.replace(/^\?/, '')))
}

interface Props {
  slide: SlideDetail
  series: Series | null
  /** What is saved, who is here. */
  status: ReactNode
}

export function TopBar({ slide, series, status }: Props) {
  const resolution = useViewerState((state) => state.camera.resolution)
  const list = currentPlace().search.replace(/^\?/, '')
  const { nameOf } = useKeyNames()
  // A link to one slide has no list to go back to.
  const guest = useGuest()
  const alone = guest?.kind === 'slide'
  // What was shared needs no telling apart by its case, unless there are several.
  const name = guest === null || guest.kind === 'project' ? identityText(slide) : slide.name
  return (
    <div className={style.title}>
      {!alone && (
        <Link className={style.back} href={libraryPath(list)} aria-label={t('viewer.back')}>
          <BackIcon />
        </Link>
      )}
      <h1 className={style.name} title={slide.name}>
        {name}
      </h1>
      {/* Spoken beside the scale bar, where it also says when it is beyond the scan. */}
      <span className={style.power} aria-hidden="true">
        {magnificationText(magnification(slide, resolution), locale)}
      </span>
      {series !== null && series.total > 1 && (
        <nav className={style.neighbours} aria-label={t('viewer.keys.slides')}>
          <ToolButton
            label={t('viewer.previous')}
            keyName={nameOf('previous')}
            disabled={series.previousId === null}
            onClick={() => goToSlide(series.previousId)}
          >
            <PreviousIcon />
          </ToolButton>
          <span className={style.position}>
            {t('viewer.position', { position: series.position, total: series.total })}
          </span>
          <ToolButton
            label={t('viewer.next')}
            keyName={nameOf('next')}
            disabled={series.nextId === null}
            onClick={() => goToSlide(series.nextId)}
          >
            <NextIcon />
          </ToolButton>
        </nav>
      )}
      {status}
    </div>
  )
}
