import style from './pictures.module.css'

interface Props<T extends string> {
  legend: string
  name: string
  options: readonly { value: T; label: string }[]
  value: T
  onChange: (value: T) => void
}

/** One of a few, side by side. */
export function Choice<T extends string>({ legend, name, options, value, onChange }: Props<T>) {
  return (
    <fieldset className={style.choice}>
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value} className={style.option} data-chosen={option.value === value || undefined}>
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
          {option.label}
        </label>
      ))}
    </fieldset>
  )
}

/** One of several, as a list that opens. */
export function Pick<T extends string>({ legend, options, value, onChange }: Omit<Props<T>, 'name'>) {
  return (
    <label className={style.pick}>
      {legend}
      <select
        value={value}
        onChange={(event) => {
          const found = options.find((option) => option.value === event.currentTarget.value)
          if (found !== undefined) onChange(found.value)
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  )
}
