import { t } from '../../i18n'
import { barHeights, type ChannelHistogram } from '../../model/histogram'
import inputs from '../shell/Input.module.css'
import display from './display.module.css'

interface Props {
  name: string
  colour: string
  histogram: ChannelHistogram
  low: number
  high: number
  onChange: (low: number, high: number) => void
}

const HEIGHT = 44

/** A channel's histogram with two handles, and the same two numbers to type. */
export function HistogramRange({ name, colour, histogram, low, high, onChange }: Props) {
  const least = Math.min(histogram.low, low)
  const most = Math.max(histogram.high, high, least + Number.EPSILON)
  const span = most - least
  const whole = span >= 64 && Number.isInteger(histogram.low) && Number.isInteger(histogram.high)
  const step = whole ? 1 : span / 500
  const heights = barHeights(histogram.counts)
  const x = (value: number) => ((value - least) / span) * 100
  const left = x(histogram.low)
  const width = (x(histogram.high) - left) / heights.length
  const setLow = (value: number) => onChange(Math.min(value, high - step), high)
  const setHigh = (value: number) => onChange(low, Math.max(value, low + step))
  return (
    <div>
      <div className={display.histogramPlot}>
        <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t('viewer.histogram', { name })}>
          {heights.map((height, i) => (
            <rect
              key={i}
              x={left + i * width}
              y={HEIGHT * (1 - height)}
              width={Math.max(width, 0.2)}
              height={HEIGHT * height}
              fill="currentColor"
            />
          ))}
          <path d={`M${x(low)} ${HEIGHT} L${x(high)} 0 H100`} fill="none" stroke={colour} strokeWidth="2" vectorEffect="non-scaling-stroke" />
        </svg>
        <input
          type="range"
          className={display.handle}
          aria-label={t('viewer.rangeLowOf', { name })}
          min={least}
          max={most}
          step={step}
          value={low}
          onChange={(event) => setLow(event.currentTarget.valueAsNumber)}
        />
        <input
          type="range"
          className={display.handle}
          aria-label={t('viewer.rangeHighOf', { name })}
          min={least}
          max={most}
          step={step}
          value={high}
          onChange={(event) => setHigh(event.currentTarget.valueAsNumber)}
        />
      </div>
      <div className={display.rangeNumbers}>
        <NumberField label={t('viewer.rangeLow')} name={t('viewer.rangeLowOf', { name })} value={low} step={step} onChange={setLow} />
        <NumberField label={t('viewer.rangeHigh')} name={t('viewer.rangeHighOf', { name })} value={high} step={step} onChange={setHigh} />
      </div>
    </div>
  )
}

interface NumberProps {
  label: string
  name: string
  value: number
  step: number
  onChange: (value: number) => void
}

function NumberField({ label, name, value, step, onChange }: NumberProps) {
  const shown = Number(value.toPrecision(6))
  return (
    <label className={display.number}>
      <span>{label}</span>
      <input
        type="number"
        className={inputs.small}
        aria-label={name}
        step={step >= 1 ? 1 : 'any'}
        key={shown}
        defaultValue={shown}
        onBlur={(event) => {
          const typed = event.currentTarget.valueAsNumber
          if (Number.isFinite(typed) && typed !== shown) onChange(typed)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur()
        }}
      />
    </label>
  )
}
