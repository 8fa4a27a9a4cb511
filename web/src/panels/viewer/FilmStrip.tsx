import { type KeyboardEvent, useEffect, useRef } from 'react'

import type { SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { Thumbnail } from '../library/Thumbnail'
import { OpenedDot } from '../shell/OpenedDot'
import { dragSlide, dropSlide } from './dragging'
import { useDesk } from './openDesk'
import type { Series } from './useSeries'
import { useSelected } from './useSelected'
import style from './strip.module.css'

const THUMBNAIL_PX = 256

interface Props {
  series: Series
  onOpen: (slideId: string) => void
}

/** The slides of the case in a row: press one to open it in the active pane, or drag it to another. */
export function FilmStrip({ series, onOpen }: Props) {
  const { desk } = useDesk()
  const panes = useSelected(desk, (state) => state.panes)
  const active = useSelected(desk, (state) => state.active)
  const list = useRef<HTMLOListElement>(null)
  const current = panes.find((pane) => pane.id === active)?.slideId ?? null
  useEffect(() => {
    list.current?.querySelector('[aria-current="true"]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [current, series.slides])
  const name = series.caseName === null ? t('panes.stripList') : t('panes.stripOf', { name: series.caseName })
  return (
    <nav className={style.strip} aria-label={name}>
      <ol ref={list} className={style.list} onKeyDown={step}>
        {series.slides.map((slide, i) => (
          <li key={slide.slide_id}>
            <button
              type="button"
              className={style.slide}
              aria-current={slide.slide_id === current}
              data-open={panes.some((pane) => pane.slideId === slide.slide_id) || undefined}
              // One stop on the way through the page; arrows go on from there.
              tabIndex={slide.slide_id === current || (current === null && i === 0) ? 0 : -1}
              draggable
              onDragStart={(event) => dragSlide(event, slide.slide_id)}
              onDragEnd={dropSlide}
              onClick={() => onOpen(slide.slide_id)}
            >
              <span className={style.picture}>
                <Thumbnail slide={slide} size={THUMBNAIL_PX} />
              </span>
              <Words slide={slide} />
            </button>
          </li>
        ))}
      </ol>
    </nav>
  )
}

function Words({ slide }: { slide: SlideSummary }) {
  const { stain, block } = slide
  return (
    <span className={style.words} title={slide.name}>
      <strong>
        <OpenedDot slideId={slide.slide_id} />
        {stain ?? block ?? slide.name}
      </strong>
      {stain !== null && block !== null && <span>{block}</span>}
    </span>
  )
}

/** Arrows go from slide to slide without opening any. */
function step(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key]
  if (by === undefined || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  const at = buttons.findIndex((button) => button === document.activeElement)
  const next = buttons[Math.min(Math.max(at + by, 0), buttons.length - 1)]
  event.preventDefault()
  next?.focus()
}
