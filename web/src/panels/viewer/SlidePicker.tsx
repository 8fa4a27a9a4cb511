import { useEffect, useState } from 'react'

import { isAbort } from '../../api/problem'
import { listSlides, type SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { identityText } from '../../model/caseFacts'
import { Thumbnail } from '../library/Thumbnail'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import style from './strip.module.css'

const MOST = 60
const PAUSE_MS = 200
const THUMBNAIL_PX = 256

interface Props {
  /** Offered before anybody searches: the slides of the case. */
  offered: readonly SlideSummary[]
  onPick: (slideId: string) => void
  onClose: () => void
}

/** Choose a slide for a pane: of the case, or any by searching. */
export function SlidePicker({ offered, onPick, onClose }: Props) {
  const [words, setWords] = useState('')
  const { slides, total, error } = useFound(words.trim(), offered)
  return (
    <Dialog title={t('panes.choose')} onClose={onClose}>
      <div className={style.picker}>
        <input
          type="search"
          className={style.search}
          value={words}
          // React would focus it before the dialog opens, which then takes its first button.
          ref={(field) => field?.setAttribute('autofocus', '')}
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
          placeholder={t('panes.search')}
          aria-label={t('panes.search')}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        {error !== null && <ErrorNotice error={error} />}
        <p className={style.found} role="status">
          {slides !== null && (total === 0 ? t('panes.nothing') : t('panes.found', { count: total }))}
        </p>
        <ul className={style.choices}>
          {slides?.map((slide) => (
            <li key={slide.slide_id}>
              <button type="button" className={style.choice} onClick={() => onPick(slide.slide_id)}>
                <span className={style.picture}>
                  <Thumbnail slide={slide} size={THUMBNAIL_PX} />
                </span>
                <span>{identityText(slide)}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  )
}

interface Found {
  slides: readonly SlideSummary[] | null
  total: number
  error: unknown
}

function useFound(words: string, offered: readonly SlideSummary[]): Found {
  const [found, setFound] = useState<Found>({ slides: null, total: 0, error: null })
  const search = words !== '' || offered.length === 0
  useEffect(() => {
    if (!search) return undefined
    const controller = new AbortController()
    const timer = setTimeout(() => {
      listSlides({ state: ['ready'], ...(words === '' ? {} : { q: words }) }, { limit: MOST }, controller.signal).then(
        ({ items, total }) => setFound({ slides: items, total, error: null }),
        (error: unknown) => {
          if (!isAbort(error)) setFound({ slides: null, total: 0, error })
        },
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [words, search])
  return search ? found : { slides: offered, total: offered.length, error: null }
}
