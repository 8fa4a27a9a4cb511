import { t } from '../../i18n'
import { barHeights, type ChannelHistogram } from '../../model/histogram'
import memory from './memory.module.css'

const HEIGHT = 36

/** A histogram to look at. */
export function HistogramPicture({ name, histogram }: { name: string; histogram: ChannelHistogram }) {
  const heights = barHeights(histogram.counts)
  const width = 100 / heights.length
  return (
    <figure className={memory.histogram}>
      <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t('viewer.histogram', { name })}>
        {heights.map((height, i) => (
          <rect key={i} x={i * width} y={HEIGHT * (1 - height)} width={width} height={HEIGHT * height} fill="currentColor" />
        ))}
      </svg>
      <figcaption>{name}</figcaption>
    </figure>
  )
}
