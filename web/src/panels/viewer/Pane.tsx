import { type DragEvent, useState } from 'react'

import type { SlideDetail } from '../../api/slides'
import { formatSince, t } from '../../i18n'
import type { Pane as DeskPane } from '../../model/desk'
import { pixelSize } from '../../model/slide'
import { viewFromFragment } from '../../model/viewlink'
import { embedded } from '../../shell/embed'
import { currentPlace } from '../../shell/navigation'
import { libraryPath } from '../../shell/routes'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Link } from '../shell/Link'
import { useSession, useVisitor } from '../shell/session'
import { useSignInFor } from '../visitor/useSignInFor'
import type { Looker } from './annotating'
import { draggedSlide } from './dragging'
import { BackIcon } from './icons'
import { useDesk } from './openDesk'
import { PaneHead } from './PaneHead'
import { Stage } from './Stage'
import { startOf, usePlace } from './usePlace'
import { useSlide } from './useSlide'
import style from './panes.module.css'

interface Props {
  pane: DeskPane
  number: number
  /** The only one: then it needs no frame and no title. */
  alone: boolean
  active: boolean
}

/** One place on the desk: pressing it makes it active, a slide dropped on it opens there. */
export function Pane({ pane, number, alone, active }: Props) {
  const { desk } = useDesk()
  const [over, setOver] = useState(false)
  const drag = (event: DragEvent) => {
    if (draggedSlide(event) === null) return
    event.preventDefault()
    setOver(true)
  }
  const drop = (event: DragEvent) => {
    setOver(false)
    const slideId = draggedSlide(event)
    if (slideId === null) return
    event.preventDefault()
    desk.show(slideId, pane.id)
    desk.activate(pane.id)
  }
  return (
    <section
      className={style.pane}
      data-active={(active && !alone) || undefined}
      data-over={over || undefined}
      data-alone={alone || undefined}
      {...(alone ? {} : { 'aria-current': active })}
      onPointerDownCapture={() => desk.activate(pane.id)}
      onFocusCapture={() => desk.activate(pane.id)}
      onDragOver={drag}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {pane.slideId === null ? (
        <Empty pane={pane} number={number} />
      ) : (
        <PaneSlide key={pane.slideId} pane={pane} slideId={pane.slideId} number={number} alone={alone} />
      )}
    </section>
  )
}

function Empty({ pane, number }: { pane: DeskPane; number: number }) {
  const { picking } = useDesk()
  return (
    <>
      <PaneHead pane={pane} number={number} slide={null} />
      <div className={style.empty} role="application" tabIndex={0} aria-label={t('panes.paneEmpty', { number })}>
        <p>{t('panes.none')}</p>
        <p className={style.hint}>{t('panes.chooseHint')}</p>
        <button type="button" className={style.choose} onClick={() => picking.set({ pane: pane.id })}>
          {t('panes.choose')}
        </button>
      </div>
    </>
  )
}

function PaneSlide({ pane, slideId, number, alone }: { pane: DeskPane; slideId: string; number: number; alone: boolean }) {
  const openDesk = useDesk()
  const { slide, error, retry, setSlide } = useSlide(slideId)
  const leaving = useSignInFor(error)
  const [lead] = useState(alone && pane.start === '')
  // Beside others it shows what they show, and a link says itself where to begin.
  const place = usePlace(lead ? slideId : null)
  const looker = useLooker()
  const ready = slide !== null && slide.state === 'ready'
  const showable = ready && place !== undefined && slide.levels.length > 0
  const start = showable ? startOf(viewFromFragment(pane.start, pixelSize(slide)), place) : {}
  const opening = slide === null || (ready && place === undefined)
  return (
    <>
      {!alone && <PaneHead pane={pane} number={number} slide={slide} />}
      {showable ? (
        <Stage
          key={stageKey(slide)}
          slide={slide}
          start={start}
          looker={embedded() ? null : looker}
          focused={() => openDesk.takeFocus(pane.id)}
          onFocusLost={() => openDesk.loseFocus(pane.id)}
          onOpen={(open) => {
            openDesk.opened({ pane, open, changed: setSlide }, start.x !== undefined)
            return () => openDesk.closed(pane.id)
          }}
        />
      ) : (
        <div className={style.message}>
          {alone && (
            <Link className={style.messageBack} href={libraryPath(currentPlace().search.replace(/^\?/, ''))}>
              <BackIcon />
              {t('viewer.back')}
            </Link>
          )}
          {error !== null && !leaving && <ErrorNotice error={error} onRetry={retry} />}
          {error === null && opening && <p role="status">{t('viewer.opening')}</p>}
          {error === null && !opening && <NotReady slide={slide} />}
        </div>
      )}
    </>
  )
}

/** Who draws here. */
function useLooker(): Looker {
  const { viewer, share } = useSession()
  const visitor = useVisitor()
  const openDesk = useDesk()
  const alignment: Looker['alignment'] = (from, to) => openDesk.alignment(from, to)
  if (share === null || share === undefined) return { key: viewer.person_id, name: viewer.name, guest: false, still: visitor, alignment }
  return { key: `share:${share.share_id}`, name: share.recipient, guest: true, still: false, alignment }
}

/** Other bytes or another scale need another viewer; the address keeps the place. */
function stageKey(slide: SlideDetail): string {
  return [slide.slide_id, slide.version, slide.mpp_x, slide.mpp_y].join('|')
}

function NotReady({ slide }: { slide: SlideDetail }) {
  return (
    <div className={style.notReady} role="status">
      <h1>{slide.name}</h1>
      <p>{stateSentence(slide)}</p>
      {slide.reason !== null && (
        <p className={style.reason}>
          {slide.reason.message}
          <br />
          <small>{t('error.code', { code: slide.reason.code })}</small>
        </p>
      )}
    </div>
  )
}

function stateSentence(slide: SlideDetail): string {
  if (slide.offline_since !== null) return t('viewer.state.offline', { since: formatSince(slide.offline_since) })
  return slide.state === 'ready' ? t('viewer.empty') : t(`viewer.state.${slide.state}`)
}
