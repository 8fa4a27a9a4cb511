import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

import { t } from '../../i18n'
import { personal, savePersonal } from '../shell/personal'
import { useStore } from '../shell/useStore'
import style from './Tour.module.css'

const STEPS = [1, 2, 3, 4, 5] as const
const DONE = 'coverslip.tourDone'

function doneHere(): boolean {
  try {
    return window.localStorage.getItem(DONE) === '1'
  } catch {
    return false
  }
}

/** Whether the tour is on: until somebody has had it once, and whenever they ask for it again. */
export function useTour(): { shown: boolean; start: () => void; end: () => void } {
  const { known, values } = useStore(personal)
  const [asked, setAsked] = useState(false)
  const [ended, setEnded] = useState(doneHere)
  const end = (): void => {
    setAsked(false)
    setEnded(true)
    try {
      window.localStorage.setItem(DONE, '1')
    } catch {
      // The server knows.
    }
    if (values['tour_done'] !== true) void savePersonal({ tour_done: true }).catch(() => undefined)
  }
  const first = known && values['tour_done'] !== true && !ended
  return { shown: asked || first, start: () => setAsked(true), end }
}

/** Five things that one must know; it lies beside the slide, which works all the while, keys included. */
export function Tour({ onEnd }: { onEnd: () => void }) {
  const [step, setStep] = useState(0)
  const box = useRef<HTMLElement>(null)
  useEffect(() => {
    box.current?.focus({ preventScroll: true })
  }, [step])
  const leave = (): void => {
    onEnd()
    document.querySelector<HTMLElement>('[role=application]')?.focus({ preventScroll: true })
  }
  const last = step === STEPS.length - 1
  return (
    <section
      ref={box}
      aria-label={t('tour.title')}
      aria-describedby="tour-text"
      tabIndex={-1}
      className={style.tour}
      onKeyDown={(event) => {
        if (event.key === 'Escape') leave()
        else if (event.key === 'ArrowRight' && !last) setStep(step + 1)
        else if (event.key === 'ArrowLeft' && step > 0) setStep(step - 1)
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    >
      <p className={style.head}>
        <strong>{t('tour.title')}</strong>
        <span>{t('tour.step', { step: step + 1, count: STEPS.length })}</span>
      </p>
      <p id="tour-text" className={style.text}>
        {t(`tour.${STEPS[step] ?? 1}`)}
      </p>
      <div className={style.end}>
        {!last && (
          <Button size="compact-sm" variant="subtle" onClick={leave}>
            {t('tour.skip')}
          </Button>
        )}
        {step > 0 && (
          <Button size="compact-sm" variant="default" onClick={() => setStep(step - 1)}>
            {t('tour.back')}
          </Button>
        )}
        <Button size="compact-sm" onClick={() => (last ? leave() : setStep(step + 1))}>
          {last ? t('tour.end') : t('tour.next')}
        </Button>
      </div>
    </section>
  )
}
