import { useEffect, useState } from 'react'

import { getPixel } from '../../api/pixels'
import { formatCount, formatNumber, t } from '../../i18n'
import { planeNumber } from '../../model/slide'
import { useViewer, useViewerState } from './OpenViewer'
import piece from './pieces.module.css'

const SETTLE_MS = 120

/** The stored value under the cursor, one number a channel. */
export function Readout() {
  const { slide } = useViewer()
  const pointer = useViewerState((state) => state.pointer)
  const plane = planeNumber(slide, useViewerState((state) => state.choice.plane))
  const time = useViewerState((state) => state.choice.time)
  const x = pointer === null ? null : Math.floor(pointer.x)
  const y = pointer === null ? null : Math.floor(pointer.y)
  const [read, setRead] = useState<{ at: string; values: number[] | null } | null>(null)
  const at = `${x},${y},${plane},${time}`

  useEffect(() => {
    if (x === null || y === null || x < 0 || y < 0) return undefined
    const controller = new AbortController()
    const timer = setTimeout(() => {
      getPixel(slide.slide_id, { x, y, plane, time }, controller.signal).then(
        (pixel) => setRead({ at, values: pixel.values }),
        () => undefined,
      )
    }, SETTLE_MS)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [slide.slide_id, x, y, plane, time, at])

  if (x === null || y === null) return null
  const values = read?.at === at ? read.values : null
  const inside = x >= 0 && y >= 0 && x < (slide.width ?? 0) && y < (slide.height ?? 0)
  return (
    <div className={piece.readout}>
      <span>{t('viewer.readoutAt', { x: formatCount(x), y: formatCount(y) })}</span>
      {inside ? (
        <span>
          {values?.map((value, i) => (
            <span key={slide.channels[i]?.name ?? i} className={piece.value}>
              {slide.channels[i]?.name ?? ''} {formatNumber(value)}
            </span>
          ))}
        </span>
      ) : (
        <span>{t('viewer.readoutOutside')}</span>
      )}
    </div>
  )
}
