import { TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'

import { t } from '../../i18n'
import style from './Form.module.css'

interface Props {
  label: string
  value: string
  onChange: (value: string) => void
  autoComplete: 'current-password' | 'new-password'
  error?: ReactNode
  description?: ReactNode
  autoFocus?: boolean
}

/** A password, hidden unless one asks to see it. */
export function PasswordField({ label, value, onChange, autoComplete, error, description, autoFocus = false }: Props) {
  const [shown, setShown] = useState(false)
  return (
    <TextInput
      label={label}
      description={description}
      error={error}
      value={value}
      type={shown ? 'text' : 'password'}
      maxLength={1024}
      autoComplete={autoComplete}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      autoFocus={autoFocus}
      data-autofocus={autoFocus || undefined}
      rightSectionWidth={64}
      rightSectionPointerEvents="all"
      rightSection={
        <button
          type="button"
          className={style.show}
          aria-pressed={shown}
          aria-label={t('password.showOf', { label })}
          onClick={() => setShown(!shown)}
        >
          {t(shown ? 'password.hide' : 'password.show')}
        </button>
      }
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
