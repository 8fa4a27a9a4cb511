import { useEffect, useState } from 'react'

import { type SlideSummary, thumbnailUrl } from '../../api/slides'
import { t } from '../../i18n'
import { Icon, type IconName } from '../shell/icons'
import style from './Thumbnail.module.css'

/** A picture is asked for only after its place has stayed in sight this long: fast scrolling asks for none. */
const CALM_MS = 80
/** A busy server is asked again, later each time, before a slide is shown without its picture. */
const RETRY_MS = [1500, 4000, 10_000]

interface Props {
  slide: SlideSummary
  /** The longer side asked of the server, in pixels. */
  size: number
  /** Where the picture says more than the text beside it. */
  alt?: string
}

/** A slide's picture in a frame of the slide's own shape, which is there before the picture is. */
export function Thumbnail({ slide, size, alt = '' }: Props) {
  const key = `${slide.slide_id} ${slide.version ?? ''} ${size}`
  return <Picture key={key} slide={slide} size={size} alt={alt} />
}

function Picture({ slide, size, alt }: Required<Props>) {
  const [calm, setCalm] = useState(false)
  const [outcome, setOutcome] = useState<'waiting' | 'shown' | 'pausing' | 'failed'>('waiting')
  const [failures, setFailures] = useState(0)
  const ready = slide.version !== null && (slide.state === 'ready' || slide.state === 'suspect')

  useEffect(() => {
    const timer = setTimeout(() => setCalm(true), CALM_MS)
    return () => clearTimeout(timer)
  }, [])

  const pause = outcome === 'pausing' ? RETRY_MS[failures - 1] : undefined
  useEffect(() => {
    if (pause === undefined) return undefined
    const timer = setTimeout(() => setOutcome('waiting'), pause)
    return () => clearTimeout(timer)
  }, [pause])
  const failed = (): void => {
    setFailures(failures + 1)
    setOutcome(failures < RETRY_MS.length ? 'pausing' : 'failed')
  }

  const width = slide.width ?? 4
  const height = slide.height ?? 3
  const src = thumbnailUrl(slide.slide_id, slide.version, size)
  return (
    <span className={style.frame} data-outcome={ready ? outcome : 'none'}>
      {ready && outcome !== 'failed' ? (
        <svg className={style.shape} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
          <rect width={width} height={height} />
        </svg>
      ) : (
        <span className={style.sign}>{ready ? t('library.noPreview') : <Icon name={signOf(slide)} size={24} />}</span>
      )}
      {ready && calm && (outcome === 'waiting' || outcome === 'shown') && (
        <img
          className={style.picture}
          src={src}
          alt={alt}
          width={width}
          height={height}
          decoding="async"
          draggable={false}
          onLoad={() => setOutcome('shown')}
          onError={failed}
        />
      )}
    </span>
  )
}

function signOf(slide: SlideSummary): IconName {
  return slide.state === 'registering' || slide.state === 'arriving' ? 'clock' : 'warning'
}
