import { useEffect, useRef } from 'react'

import { t } from '../../i18n'
import { contextOf } from '../../viewer/paint'
import { paintWatermark } from '../../viewer/watermark'
import style from './Guest.module.css'

/** The words of a watermark across whatever lies below; they let every press through. */
export function Watermark({ text }: { text: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const shown = canvas.current
    if (shown === null) return undefined
    const draw = (): void => {
      const ratio = window.devicePixelRatio || 1
      const { clientWidth: width, clientHeight: height } = shown
      shown.width = Math.max(1, Math.round(width * ratio))
      shown.height = Math.max(1, Math.round(height * ratio))
      paintWatermark(contextOf(shown), width, height, ratio, text)
    }
    const observer = new ResizeObserver(draw)
    observer.observe(shown)
    return () => observer.disconnect()
  }, [text])
  return <canvas ref={canvas} className={style.mark} role="img" aria-label={t('guest.mark', { text })} />
}
