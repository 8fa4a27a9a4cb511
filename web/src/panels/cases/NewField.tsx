import { Button } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { t } from '../../i18n'
import { sentence } from '../shell/ErrorNotice'
import style from './Fields.module.css'

interface Props {
  onSave: (key: string, value: string) => Promise<unknown>
  onClose: () => void
}

/** A free field: any name, any text. */
export function NewField({ onSave, onClose }: Props) {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const [error, setError] = useState<unknown>(null)
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (key.trim() === '' || value.trim() === '') return
    onSave(key.trim(), value.trim()).then(onClose, setError)
  }
  return (
    <form
      className={style.adding}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        event.stopPropagation()
        onClose()
      }}
    >
      <input
        className={style.input}
        aria-label={t('fields.key')}
        placeholder={t('fields.key')}
        value={key}
        maxLength={100}
        autoFocus
        onChange={(event) => setKey(event.currentTarget.value)}
      />
      <input
        className={style.input}
        aria-label={t('fields.value')}
        placeholder={t('fields.value')}
        value={value}
        maxLength={1000}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      {error !== null && (
        <p className={style.problem} role="alert">
          {sentence(error)}
        </p>
      )}
      <div className={style.addButtons}>
        <Button type="submit" size="xs">
          {t('fields.save')}
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          {t('fields.cancel')}
        </Button>
      </div>
    </form>
  )
}
