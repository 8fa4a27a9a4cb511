import { t } from '../../i18n'
import { rowsOf } from './classTree'
import { useDocument } from './context'
import input from '../shell/Input.module.css'

interface Props {
  label: string
  /** null: no class; undefined: several. */
  value: string | null | undefined
  disabled?: boolean
  onChange: (classId: string | null) => void
}

const MIXED = '*'

/** One of the slide's classes, indented as they hang together. */
export function ClassSelect({ label, value, disabled = false, onChange }: Props) {
  const classes = useDocument((state) => state.classes)
  return (
    <select
      className={input.small}
      aria-label={label}
      disabled={disabled}
      value={value === undefined ? MIXED : (value ?? '')}
      onChange={(event) => onChange(event.currentTarget.value === '' ? null : event.currentTarget.value)}
    >
      {value === undefined && <option value={MIXED}>{t('annotations.several')}</option>}
      <option value="">{t('annotations.noClass')}</option>
      {rowsOf([...classes.values()]).map(({ one, depth }) => (
        <option key={one.class_id} value={one.class_id}>
          {`${'\u2003'.repeat(depth)}${one.name}`}
        </option>
      ))}
    </select>
  )
}
