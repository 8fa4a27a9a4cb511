import { useEffect, useState } from 'react'

import { formatNumber, formatPercent, locale, t } from '../../i18n'
import { magnification, magnificationText, OBJECTIVES, stepResolutions } from '../../model/magnification'
import { scaleBar } from '../../model/measure'
import { pixelSize, type Slide } from '../../model/slide'
import type { KeyAction } from '../../viewer/keyTable'
import { useViewer, useViewerState } from './OpenViewer'
import piece from './pieces.module.css'

interface Step {
  action: KeyAction
  name: string
  resolution: number
}

const ACTIONS: readonly KeyAction[] = ['objective1', 'objective2', 'objective4', 'objective10', 'objective20', 'objective40']

/** The objectives of a slide, or plain percentages where nobody knows its scale. */
export function zoomSteps(slide: Slide): Step[] {
  const scaled = pixelSize(slide) !== null
  const resolutions = stepResolutions(slide)
  return ACTIONS.map((action, i) => {
    const resolution = resolutions[i] ?? 1
    return { action, resolution, name: scaled ? `${OBJECTIVES[i] ?? 1}x` : formatPercent(1 / resolution) }
  })
}

export function ZoomBar({ run }: { run: (action: KeyAction) => void }) {
  const { slide } = useViewer()
  const resolution = useViewerState((state) => state.camera.resolution)
  return (
    <div className={piece.zoomBar} role="group" aria-label={t('viewer.zoom')}>
      <button type="button" className={piece.step} aria-label={t('viewer.fitLong')} onClick={() => run('fit')}>
        {t('viewer.fit')}
      </button>
      {zoomSteps(slide).map((step) => {
        const beyond = step.resolution < 1 - 1e-4
        const label = { objective: step.name }
        return (
          <button
            key={step.action}
            type="button"
            className={piece.step}
            data-beyond={beyond || undefined}
            aria-pressed={Math.abs(resolution / step.resolution - 1) < 0.01}
            aria-label={beyond ? t('viewer.objectiveBeyond', label) : t('viewer.objective', label)}
            onClick={() => run(step.action)}
          >
            {step.name}
          </button>
        )
      })}
    </div>
  )
}

const BAR_PX = 130

/** Scale bar and magnification, always on the screen; with null nobody may enter a pixel size here. */
export function ScaleReadout({ onEnterScale }: { onEnterScale: (() => void) | null }) {
  const { slide } = useViewer()
  const camera = useViewerState((state) => state.camera)
  const size = pixelSize(slide)
  const value = magnification(slide, camera.resolution)
  const text = magnificationText(value, locale)
  const bar = size === null ? null : scaleBar(size, camera.resolution, camera.rotation, BAR_PX)
  const length = bar === null ? '' : bar.um < 1000 ? `${formatNumber(bar.um)} µm` : `${formatNumber(bar.um / 1000)} mm`
  return (
    <div className={piece.scale}>
      <div className={piece.magnification}>
        <strong>{text}</strong>
        {value.beyondScan && <span className={piece.beyond}>{t('viewer.beyond')}</span>}
      </div>
      {bar === null && onEnterScale !== null && (
        <button type="button" className={piece.enterScale} onClick={onEnterScale}>
          {t('viewer.enterScale')}
        </button>
      )}
      {bar !== null && (
        <div className={piece.bar} role="img" aria-label={t('viewer.scaleBar', { length })} style={{ width: bar.width }}>
          <span>{length}</span>
        </div>
      )}
      {slide.mpp_source === 'person' && onEnterScale !== null && (
        <button type="button" className={piece.enterScale} onClick={onEnterScale}>
          {t('viewer.scaleEntered', { name: slide.mpp_entered_by ?? '' })}
        </button>
      )}
      <Spoken text={value.beyondScan ? `${text}, ${t('viewer.beyond')}` : text} />
    </div>
  )
}

const SPEAK_AFTER_MS = 600

/** Tells a screen reader the magnification once it stands still. */
function Spoken({ text }: { text: string }) {
  const [spoken, setSpoken] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(text), SPEAK_AFTER_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <span className="cs-unseen" aria-live="polite">
      {t('viewer.magnification', { magnification: spoken })}
    </span>
  )
}
