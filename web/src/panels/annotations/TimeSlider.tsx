import { useEffect, useRef, useState } from 'react'

import { getTimeline } from '../../api/annotations'
import { isAbort } from '../../api/problem'
import { formatMoment, t } from '../../i18n'
import type { Moment } from '../../model/annotations/types'
import { ErrorNotice } from '../shell/ErrorNotice'
import small from '../shell/Small.module.css'
import { useAnnotations, useDocument } from './context'
import style from './history.module.css'

const CALM_MS = 120

/** Show the slide's annotations as they were: from the first to now. */
export function TimeSlider() {
  const { document, slide } = useAnnotations()
  const seq = useDocument((state) => state.seq)
  const at = useDocument((state) => state.at)
  const [moments, setMoments] = useState<readonly Moment[]>([])
  const [error, setError] = useState<unknown>(null)
  const [dragged, setDragged] = useState<number | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    const controller = new AbortController()
    getTimeline(slide.slide_id, controller.signal).then(setMoments, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [slide.slide_id, seq])
  useEffect(() => () => clearTimeout(timer.current), [])
  if (moments.length < 2) return error === null ? null : <ErrorNotice compact error={error} />
  const last = moments.length - 1
  const shown = at === null ? last : Math.max(0, moments.findLastIndex((one) => one.seq <= at.seq))
  const value = dragged ?? shown
  const moment = moments[value]
  const show = (index: number): void => {
    const one = moments[index]
    if (one === undefined) return
    const failed = (failure: unknown): void => setError(failure)
    document.showAt(index === last ? null : { seq: one.seq, time: one.at }).then(() => setDragged(null), failed)
  }
  const text = value === last ? t('annotations.now') : moment === undefined ? '' : formatMoment(moment.at)
  return (
    <div className={style.slider}>
      <label>
        <span>{t('annotations.timeSlider')}</span>
        <output>{text}</output>
        <input
          type="range"
          min={0}
          max={last}
          step={1}
          value={value}
          aria-valuetext={text}
          onChange={(event) => {
            const index = event.currentTarget.valueAsNumber
            setDragged(index)
            clearTimeout(timer.current)
            timer.current = setTimeout(() => show(index), CALM_MS)
          }}
        />
      </label>
      {at !== null && (
        <button type="button" className={small.act} onClick={() => void document.showAt(null)}>
          {t('annotations.toNow')}
        </button>
      )}
      {error !== null && <ErrorNotice compact error={error} />}
    </div>
  )
}
