import { Button } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { t } from '../../i18n'
import type { AnnotationClass } from '../../model/annotations/types'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { PALETTE, parentsFor, SNOMED } from './classTree'
import { fieldsOf, named, schemaOf } from './formSchema'
import { FormEditor } from './FormEditor'
import style from './dialogs.module.css'

interface Props {
  one: AnnotationClass
  all: readonly AnnotationClass[]
  error: unknown
  busy: boolean
  /** How many objects of this slide have it. */
  uses: number
  onSave: (changed: AnnotationClass) => void
  /** null for a class that is not there yet. */
  onDelete: (() => void) | null
  onClose: () => void
}

/** Everything about one class. */
export function ClassDialog({ one, all, error, busy, uses, onSave, onDelete, onClose }: Props) {
  const [draft, setDraft] = useState(one)
  const [fields, setFields] = useState(() => fieldsOf(one.form))
  const [tried, setTried] = useState(false)
  const set = (change: Partial<AnnotationClass>): void => setDraft({ ...draft, ...change })
  const code = draft.code ?? { system: SNOMED, value: '' }
  const taken = all.find((other) => other.class_id !== one.class_id && other.hotkey !== null && other.hotkey === draft.hotkey)
  const nameless = draft.name.trim() === ''
  const formless = fields.some((field) => field.title.trim() === '' || ((field.kind === 'choice' || field.kind === 'choices') && field.choices.length === 0))
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    setTried(true)
    if (nameless || formless) return
    const value = code.value.trim()
    onSave({
      ...draft,
      name: draft.name.trim(),
      description: draft.description.trim(),
      code: value === '' ? null : { system: code.system.trim() === '' ? SNOMED : code.system.trim(), value },
      // A schema made elsewhere that says more than these fields stays as it is while nobody changes them.
      form: JSON.stringify(fields) === JSON.stringify(fieldsOf(one.form)) ? one.form : schemaOf(named(fields, fieldsOf(one.form))),
    })
  }
  return (
    <Dialog wide title={onDelete === null ? t('annotations.classNew') : t('annotations.classEdit', { name: one.name })} onClose={onClose}>
      <form className={style.dialog} onSubmit={submit} noValidate>
        <div className={style.two}>
          <label className={form.label}>
            {t('annotations.column.name')}
            <input data-autofocus className={input.input} value={draft.name} maxLength={100} aria-invalid={(tried && nameless) || undefined} onChange={(event) => set({ name: event.currentTarget.value })} />
            {tried && nameless && <span className={form.bad}>{t('annotations.classNameless')}</span>}
          </label>
          <label className={form.label}>
            {t('annotations.key.parent')}
            <select className={input.input} value={draft.parent_id ?? ''} onChange={(event) => set({ parent_id: event.currentTarget.value === '' ? null : event.currentTarget.value })}>
              <option value="">{t('annotations.classTop')}</option>
              {parentsFor(all, one.class_id).map((other) => (
                <option key={other.class_id} value={other.class_id}>
                  {other.name}
                </option>
              ))}
            </select>
          </label>
        </div>
        <fieldset className={style.colours}>
          <legend>{t('annotations.colour')}</legend>
          {PALETTE.map((colour) => (
            <button
              key={colour}
              type="button"
              className={style.colour}
              style={{ backgroundColor: colour }}
              aria-label={t('annotations.colourOf', { colour })}
              aria-pressed={draft.colour.toLowerCase() === colour}
              onClick={() => set({ colour })}
            />
          ))}
          <label className={style.own}>
            <input type="color" value={draft.colour} onChange={(event) => set({ colour: event.currentTarget.value })} />
            {t('annotations.ownColour')}
          </label>
          <p className={form.quiet}>{t('annotations.paletteText')}</p>
        </fieldset>
        <div className={style.two}>
          <label className={form.label}>
            {t('annotations.hotkey')}
            <select className={input.input} value={draft.hotkey ?? ''} onChange={(event) => set({ hotkey: event.currentTarget.value === '' ? null : Number(event.currentTarget.value) })}>
              <option value="">{t('annotations.noHotkey')}</option>
              {[1, 2, 3, 4, 5, 6, 7, 8, 9].map((key) => (
                <option key={key} value={key}>{`Shift+${key}`}</option>
              ))}
            </select>
            {taken !== undefined && <span className={form.quiet}>{t('annotations.hotkeyTaken', { name: taken.name })}</span>}
          </label>
          <div className={style.code}>
            <label className={form.label}>
              {t('annotations.codeSystem')}
              <input className={input.input} value={code.system} maxLength={100} onChange={(event) => set({ code: { ...code, system: event.currentTarget.value } })} />
            </label>
            <label className={form.label}>
              {t('annotations.code')}
              <input className={input.input} value={code.value} maxLength={64} placeholder="108369006" spellCheck={false} onChange={(event) => set({ code: { ...code, value: event.currentTarget.value } })} />
            </label>
          </div>
        </div>
        <label className={form.label}>
          {t('annotations.description')}
          <textarea className={input.input} rows={2} maxLength={2000} value={draft.description} onChange={(event) => set({ description: event.currentTarget.value })} />
        </label>
        <FormEditor fields={fields} marked={tried} onChange={setFields} />
        {error !== null && <ErrorNotice compact error={error} title={t('annotations.classFailed')} />}
        <div className={form.foot}>
          {onDelete !== null && (
            <Button variant="default" className={style.remove} disabled={busy} onClick={onDelete}>
              {uses === 0 ? t('annotations.classDelete') : t('annotations.classDeleteUsed', { count: uses })}
            </Button>
          )}
          <Button type="submit" loading={busy}>
            {t('annotations.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
