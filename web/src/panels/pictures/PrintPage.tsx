import { useEffect, useRef, useState } from 'react'
import { createPortal, flushSync } from 'react-dom'

import { formatMoment, t } from '../../i18n'
import { magnificationLine, paintCaption } from '../../viewer/caption'
import { contextOf } from '../../viewer/paint'
import { useGuest, useSession } from '../shell/session'
import { type OpenViewer, useViewer } from '../viewer/OpenViewer'
import style from './print.module.css'
import { identity } from '../../api/identity'
import { catalogued, leftOut, takePicture, viewOf } from './taking'

/** Pixels of the printed picture for each of the screen: about 200 dpi on A4. */
const PRINT_RATIO = 2
const CAPTION = { scaleBar: true, magnification: true, name: null, watermark: null }

interface Page {
  picture: HTMLCanvasElement
  facts: { name: string; value: string }[]
}

/** The one white page that Ctrl+P prints: the view and what it is, nothing of the program around it. */
export function PrintPage() {
  const open = useViewer()
  const { viewer: person } = useSession()
  const watermark = useGuest()?.watermark ?? null
  const [page, setPage] = useState<Page | null>(null)
  const ready = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const ending = new AbortController()
    const key = (event: KeyboardEvent) => {
      if (event.code !== 'KeyP' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
      event.preventDefault()
      // Sharp first; a picture that cannot be had so is printed as the screen shows it.
      takePicture(open, PRINT_RATIO, { ...CAPTION, watermark }, ending.signal).then(
        (canvas) => {
          ready.current = canvas
          window.print()
        },
        () => {
          if (!ending.signal.aborted) window.print()
        },
      )
    }
    const before = () => {
      const picture = ready.current ?? asShown(open, watermark)
      flushSync(() => setPage({ picture, facts: factsOf(open, person.name) }))
    }
    const after = () => {
      ready.current = null
      setPage(null)
    }
    window.addEventListener('keydown', key)
    window.addEventListener('beforeprint', before)
    window.addEventListener('afterprint', after)
    return () => {
      ending.abort()
      window.removeEventListener('keydown', key)
      window.removeEventListener('beforeprint', before)
      window.removeEventListener('afterprint', after)
    }
  }, [open, person.name, watermark])
  if (page === null) return null
  return createPortal(
    <div className={style.page}>
      <Picture canvas={page.picture} />
      <dl className={style.facts}>
        {page.facts.map((fact) => (
          <div key={fact.name}>
            <dt>{fact.name}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
    </div>,
    document.body,
  )
}

function Picture({ canvas }: { canvas: HTMLCanvasElement }) {
  const place = useRef<HTMLDivElement>(null)
  // The canvas itself is printed: an image of it would still be loading when the printer looks.
  useEffect(() => {
    place.current?.replaceChildren(canvas)
  }, [canvas])
  return (
    <div className={style.picture} ref={place} role="img" aria-label={t('print.picture')} />
  )
}

function asShown(open: OpenViewer, watermark: string | null): HTMLCanvasElement {
  const view = viewOf(open)
  const ratio = window.devicePixelRatio || 1
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(view.viewport.width * ratio)
  canvas.height = Math.round(view.viewport.height * ratio)
  open.viewer.paintNow(canvas, ratio, leftOut())
  paintCaption(contextOf(canvas), view, ratio, { ...CAPTION, watermark })
  return canvas
}

function factsOf(open: OpenViewer, user: string): Page['facts'] {
  const { caseName, block, stain } = catalogued(open.slide)
  const off = identity.get()
  const facts = [
    { name: t('print.case'), value: off ? '' : caseName },
    { name: t('print.slide'), value: off ? '' : open.slide.name },
    { name: t('print.block'), value: block },
    { name: t('print.stain'), value: stain },
    { name: t('print.magnification'), value: magnificationLine(viewOf(open)) },
    { name: t('print.date'), value: formatMoment(new Date().toISOString()) },
    { name: t('print.user'), value: user },
  ]
  return facts.filter((fact) => fact.value !== '')
}
