import { useId, useState } from 'react'

import { formatNumber, t } from '../../i18n'
import input from '../shell/Input.module.css'
import { type FieldFault, faultOf, type FormField, LONGEST_TEXT } from './formSchema'
import { style } from './style'

interface Props {
  fields: readonly FormField[]
  values: Readonly<Record<string, unknown>>
  disabled: boolean
  /** `null` takes the value away. */
  onChange: (key: string, value: unknown) => void
}

/** The form of a class on one object: each field is kept as soon as it is right. */
export function FormFields({ fields, values, disabled, onChange }: Props) {
  return (
    <div className={style.form}>
      {fields.map((field) => (
        <Field key={field.key} field={field} value={values[field.key]} disabled={disabled} onChange={(value) => onChange(field.key, value)} />
      ))}
    </div>
  )
}

interface FieldProps {
  field: FormField
  value: unknown
  disabled: boolean
  onChange: (value: unknown) => void
}

function Field({ field, value, disabled, onChange }: FieldProps) {
  const id = useId()
  const [typed, setTyped] = useState<string | null>(null)
  const shown = typed ?? textOf(value)
  const fault = typed === null ? faultOf(field, value) : faultOf(field, readAs(field, typed))
  const give = (): void => {
    if (typed === null) return
    const read = readAs(field, typed)
    if (faultOf(field, read) !== null && read !== null) return
    if (textOf(value) !== typed) onChange(read)
    setTyped(null)
  }
  const words = (
    <>
      {field.hint !== '' && (
        <small id={`${id}-hint`} className={style.quiet}>
          {field.hint}
        </small>
      )}
      {fault !== null && (
        <small id={`${id}-fault`} className={fault === 'missing' ? style.quiet : style.bad}>
          {faultText(fault, field)}
        </small>
      )}
    </>
  )
  const described = [field.hint === '' ? '' : `${id}-hint`, fault === null ? '' : `${id}-fault`].join(' ').trim() || undefined
  if (field.kind === 'yesno' || field.kind === 'choices') {
    return (
      <fieldset className={style.choices} disabled={disabled} aria-describedby={described}>
        <legend>{field.title}</legend>
        {field.kind === 'yesno'
          ? ([true, false] as const).map((one) => (
              <label key={String(one)}>
                <input type="radio" name={id} checked={value === one} onChange={() => onChange(one)} />
                {t(one ? 'annotations.form.yes' : 'annotations.form.no')}
              </label>
            ))
          : field.choices.map((one) => {
              const chosen = Array.isArray(value) ? value.filter((other): other is string => typeof other === 'string') : []
              const on = chosen.includes(one)
              const next = field.choices.filter((other) => (other === one ? !on : chosen.includes(other)))
              return (
                <label key={one}>
                  <input type="checkbox" checked={on} onChange={() => onChange(next.length === 0 ? null : next)} />
                  {one}
                </label>
              )
            })}
        {words}
      </fieldset>
    )
  }
  return (
    <div className={style.field}>
      <label htmlFor={id}>{field.title}</label>
      {field.kind === 'choice' ? (
        <select id={id} className={input.small} disabled={disabled} aria-describedby={described} value={textOf(value)} onChange={(event) => onChange(event.currentTarget.value === '' ? null : event.currentTarget.value)}>
          <option value="">{t('annotations.form.none')}</option>
          {field.choices.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      ) : field.kind === 'long' ? (
        <textarea id={id} className={input.input} rows={3} maxLength={LONGEST_TEXT} disabled={disabled} aria-describedby={described} value={shown} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={give} />
      ) : (
        <input
          id={id}
          className={input.small}
          type={field.kind === 'date' ? 'date' : 'text'}
          inputMode={field.kind === 'number' ? 'decimal' : field.kind === 'integer' ? 'numeric' : undefined}
          disabled={disabled}
          maxLength={LONGEST_TEXT}
          aria-describedby={described}
          aria-invalid={(fault !== null && fault !== 'missing') || undefined}
          value={shown}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={give}
          onKeyDown={(event) => {
            if (event.key === 'Enter') give()
          }}
        />
      )}
      {words}
    </div>
  )
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : JSON.stringify(value)
}

/** What a typed text means; a comma is a decimal point to half of the world. */
function readAs(field: FormField, typed: string): unknown {
  const text = typed.trim()
  if (text === '') return null
  return field.kind === 'number' || field.kind === 'integer' ? Number(text.replace(',', '.')) : text
}

function faultText(fault: FieldFault, { minimum, maximum }: FormField): string {
  if (fault === 'low') return t('annotations.form.low', { value: formatNumber(minimum ?? 0) })
  if (fault === 'high') return t('annotations.form.high', { value: formatNumber(maximum ?? 0) })
  return t(`annotations.form.${fault}`)
}
