import { Button } from '@mantine/core'
import { type KeyboardEvent, type SubmitEvent, useState } from 'react'

import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import memory from './memory.module.css'

interface Props {
  title: string
  name: string
  note: string
  /** Rejects when it cannot be saved; the words stay then. */
  onSave: (words: { name: string; note: string }) => Promise<void>
  onCancel: () => void
}

/** The whole form in sight, not only the field that has the focus. */
function show(form: HTMLFormElement | null): void {
  form?.scrollIntoView({ block: 'nearest' })
}

/** Name and note of a bookmark. Enter saves, Escape leaves. */
export function BookmarkForm({ title, onSave, onCancel, ...before }: Props) {
  const [name, setName] = useState(before.name)
  const [note, setNote] = useState(before.note)
  const [error, setError] = useState<unknown>(null)
  const [saving, setSaving] = useState(false)
  const valid = name.trim() !== ''

  const save = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!valid) return
    setSaving(true)
    setError(null)
    onSave({ name: name.trim(), note }).catch((failure: unknown) => {
      setError(failure)
      setSaving(false)
    })
  }
  const leave = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    event.stopPropagation()
    onCancel()
  }

  return (
    <form ref={show} className={memory.form} aria-label={title} onSubmit={save} onKeyDown={leave}>
      <label className={memory.field}>
        {t('memory.bookmarkName')}
        <input
          type="text"
          autoComplete="off"
          autoFocus
          maxLength={200}
          value={name}
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label className={memory.field}>
        {t('memory.bookmarkNote')}
        <textarea rows={2} maxLength={10_000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
      </label>
      {error !== null && <ErrorNotice error={error} compact />}
      <div className={memory.formEnd}>
        <Button size="xs" variant="default" onClick={onCancel}>
          {t('memory.bookmarkCancel')}
        </Button>
        <Button size="xs" type="submit" disabled={!valid} loading={saving}>
          {t('memory.bookmarkSave')}
        </Button>
      </div>
    </form>
  )
}
