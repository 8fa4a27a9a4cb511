import { formatNumber } from '../../i18n'
import display from './display.module.css'

interface Props {
  label: string
  /** What a screen reader says where the label alone is ambiguous. */
  name?: string
  min: number
  max: number
  step: number
  /** The value that changes nothing; a double click goes back to it. */
  plain: number
  value: number
  /** How the value is written; two decimals at most without it. */
  text?: (value: number) => string
  onChange: (value: number) => void
}

const twoDecimals = (value: number): string => formatNumber(value, 2)

/** A labelled slider with its value. */
export function Slider({ label, name = label, min, max, step, plain, value, text = twoDecimals, onChange }: Props) {
  return (
    <label className={display.slide}>
      <span>{label}</span>
      <input
        type="range"
        aria-label={name}
        min={min}
        max={max}
        step={step}
        value={value}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
        onDoubleClick={() => onChange(plain)}
      />
      <output>{text(value)}</output>
    </label>
  )
}
