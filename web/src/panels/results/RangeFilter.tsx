import { t } from '../../i18n'
import { barHeights } from '../../model/histogram'
import type { NumberColumn } from '../../model/results/columns'
import type { ColumnStatistics } from '../../viewer/results/messages'
import inputs from '../shell/Input.module.css'
import small from '../shell/Small.module.css'
import display from '../viewer/display.module.css'
import { formatValue } from './figures'
import style from './results.module.css'

interface Props {
  column: NumberColumn
  figures: ColumnStatistics | undefined
  low: number
  high: number
  onChange: (low: number, high: number) => void
}

const HEIGHT = 44
const STEPS = 500

/** The histogram of a measurement, all objects behind those shown, with two handles and the numbers to type. */
export function RangeFilter({ column, figures, low, high, onChange }: Props) {
  const { name } = column
  const least = column.min ?? 0
  const most = Math.max(column.max ?? 0, least)
  const span = most - least || 1
  const step = span / STEPS
  const all = figures?.all ?? null
  const heights = all === null ? [] : barHeights(all.counts)
  const width = 100 / Math.max(heights.length, 1)
  const x = (value: number) => ((value - least) / span) * 100
  const setLow = (value: number) => onChange(Math.min(value, high), high)
  const setHigh = (value: number) => onChange(low, Math.max(value, low))
  const moments = figures?.moments
  return (
    <div>
      <div className={display.histogramPlot}>
        <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t('results.histogram', { name })}>
          {heights.map((height, i) => {
            const share = (figures?.shown?.counts[i] ?? 0) / Math.max(all?.counts[i] ?? 1, 1)
            return (
              <g key={i}>
                <rect x={i * width} y={HEIGHT * (1 - height)} width={width} height={HEIGHT * height} className={style.behind} />
                <rect x={i * width} y={HEIGHT * (1 - height * share)} width={width} height={HEIGHT * height * share} className={style.bar} />
              </g>
            )
          })}
          <rect x={0} y={0} width={Math.max(x(low), 0)} height={HEIGHT} className={style.outside} />
          <rect x={x(high)} y={0} width={Math.max(100 - x(high), 0)} height={HEIGHT} className={style.outside} />
        </svg>
        <Handle label={t('results.lowOf', { name })} least={least} most={most} step={step} value={low} onChange={setLow} />
        <Handle label={t('results.highOf', { name })} least={least} most={most} step={step} value={high} onChange={setHigh} />
      </div>
      <div className={display.rangeNumbers}>
        <NumberField label={t('results.low')} name={t('results.lowOf', { name })} value={low} onChange={setLow} />
        <NumberField label={t('results.high')} name={t('results.highOf', { name })} value={high} onChange={setHigh} />
      </div>
      {moments !== null && moments !== undefined && moments.count > 0 && (
        <p className={small.quiet}>{t('results.mean', { mean: formatValue(moments.mean), sd: formatValue(moments.sd) })}</p>
      )}
    </div>
  )
}

interface HandleProps {
  label: string
  least: number
  most: number
  step: number
  value: number
  onChange: (value: number) => void
}

function Handle({ label, least, most, step, value, onChange }: HandleProps) {
  return (
    <input
      type="range"
      className={display.handle}
      aria-label={label}
      min={least}
      max={most}
      step={step}
      value={value}
      onChange={(event) => {
        const at = event.currentTarget.valueAsNumber
        // The last step of a slider may fall short of the end by rounding: there nothing is to be left out.
        onChange(at >= most - step / 2 ? most : at <= least + step / 2 ? least : at)
      }}
    />
  )
}

function NumberField({ label, name, value, onChange }: { label: string; name: string; value: number; onChange: (value: number) => void }) {
  const shown = Number(value.toPrecision(6))
  return (
    <label className={display.number}>
      <span>{label}</span>
      <input
        type="number"
        className={inputs.small}
        aria-label={name}
        step="any"
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
