import { useRef } from 'react'

import { t } from '../../i18n'
import { Icon } from '../shell/icons'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import small from '../shell/Small.module.css'
import { FIELD_KINDS, type FormField, freshKey } from './formSchema'
import style from './dialogs.module.css'

interface Props {
  fields: readonly FormField[]
  /** Show what is missing. */
  marked: boolean
  onChange: (fields: readonly FormField[]) => void
}

/** The questions that an object of a class answers. */
export function FormEditor({ fields, marked, onChange }: Props) {
  const list = useRef<HTMLUListElement>(null)
  const put = (at: number, change: Partial<FormField>): void => onChange(fields.map((field, i) => (i === at ? { ...field, ...change } : field)))
  const add = (): void => {
    const key = freshKey(t('annotations.form.field'), fields.map((field) => field.key))
    onChange([...fields, { key, title: '', kind: 'text', required: false, hint: '', choices: [], minimum: null, maximum: null }])
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('li:last-child input')?.focus())
  }
  const move = (at: number, by: number): void => {
    const moved = [...fields]
    const [one] = moved.splice(at, 1)
    if (one !== undefined) moved.splice(at + by, 0, one)
    onChange(moved)
  }
  return (
    <fieldset className={style.formFields}>
      <legend>{t('annotations.form.title')}</legend>
      {fields.length === 0 && <p className={form.quiet}>{t('annotations.form.noFields')}</p>}
      <ul ref={list}>
        {fields.map((field, at) => {
          const listed = field.kind === 'choice' || field.kind === 'choices'
          const numeric = field.kind === 'number' || field.kind === 'integer'
          return (
            <li key={field.key}>
              <div className={style.fieldRow}>
                <input
                  className={input.small}
                  aria-label={t('annotations.form.question')}
                  placeholder={t('annotations.form.question')}
                  value={field.title}
                  maxLength={100}
                  aria-invalid={(marked && field.title.trim() === '') || undefined}
                  onChange={(event) => put(at, { title: event.currentTarget.value })}
                />
                <select className={input.small} aria-label={t('annotations.form.kind')} value={field.kind} onChange={(event) => put(at, { kind: FIELD_KINDS.find((kind) => kind === event.currentTarget.value) ?? 'text' })}>
                  {FIELD_KINDS.map((kind) => (
                    <option key={kind} value={kind}>
                      {t(`annotations.form.kind.${kind}`)}
                    </option>
                  ))}
                </select>
                <label className={style.needed}>
                  <input type="checkbox" checked={field.required} onChange={(event) => put(at, { required: event.currentTarget.checked })} />
                  {t('annotations.form.required')}
                </label>
                <button type="button" className={small.icon} disabled={at === 0} aria-label={t('annotations.form.up')} title={t('annotations.form.up')} onClick={() => move(at, -1)}>
                  <Icon name="up" size={15} />
                </button>
                <button type="button" className={small.icon} aria-label={t('annotations.form.remove')} title={t('annotations.form.remove')} onClick={() => onChange(fields.filter((_, i) => i !== at))}>
                  <Icon name="trash" size={15} />
                </button>
              </div>
              {listed && (
                <label className={style.listed}>
                  {t('annotations.form.choicesLabel')}
                  <textarea
                    className={input.input}
                    rows={3}
                    defaultValue={field.choices.join('\n')}
                    aria-invalid={(marked && field.choices.length === 0) || undefined}
                    onChange={(event) => put(at, { choices: [...new Set(event.currentTarget.value.split('\n').map((line) => line.trim()).filter((line) => line !== ''))] })}
                  />
                </label>
              )}
              {numeric && (
                <div className={style.bounds}>
                  <Bound label={t('annotations.form.minimum')} value={field.minimum} onChange={(minimum) => put(at, { minimum })} />
                  <Bound label={t('annotations.form.maximum')} value={field.maximum} onChange={(maximum) => put(at, { maximum })} />
                </div>
              )}
            </li>
          )
        })}
      </ul>
      <button type="button" className={style.act} onClick={add}>
        {t('annotations.form.add')}
      </button>
    </fieldset>
  )
}

function Bound({ label, value, onChange }: { label: string; value: number | null; onChange: (value: number | null) => void }) {
  return (
    <label>
      {label}
      <input
        type="number"
        step="any"
        className={input.small}
        defaultValue={value ?? ''}
        onChange={(event) => onChange(Number.isFinite(event.currentTarget.valueAsNumber) ? event.currentTarget.valueAsNumber : null)}
      />
    </label>
  )
}
