import { type Ref, useEffect, useRef, useState } from 'react'

import { t } from '../../i18n'
import { Icon } from '../shell/icons'
import style from './SearchField.module.css'
import { KEYS } from './keys'

/** The list follows the typing at this distance. */
const PAUSE_MS = 200

interface Props {
  value: string
  onChange: (words: string) => void
  /** Leave the field for the list. */
  onLeave: () => void
  ref: Ref<HTMLInputElement>
}

/** Search as you type. */
export function SearchField({ value, onChange, onLeave, ref }: Props) {
  const [text, setText] = useState(value)
  const [seen, setSeen] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)

  // The address changed by other means (back, "show all"): the field follows, but never eats what is being typed.
  if (value !== seen) {
    setSeen(value)
    if (value !== text.trim()) setText(value)
  }
  useEffect(() => () => clearTimeout(timer.current), [])

  const typed = (words: string): void => {
    setText(words)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => onChange(words), words === '' ? 0 : PAUSE_MS)
  }
  return (
    <div className={style.field} role="search">
      <Icon name="search" />
      <input
        ref={ref}
        className={style.input}
        type="search"
        value={text}
        maxLength={500}
        placeholder={t('library.search')}
        aria-label={t('library.search')}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        onChange={(event) => typed(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && text !== '') {
            event.preventDefault()
            typed('')
          } else if (event.key === 'Escape' || event.key === 'Enter' || event.key === 'ArrowDown') {
            event.preventDefault()
            onLeave()
          }
        }}
      />
      {text === '' && (
        <kbd className={style.hint} aria-hidden="true">
          {KEYS.search}
        </kbd>
      )}
      {text !== '' && (
        <button type="button" className={style.clear} aria-label={t('library.clearSearch')} onClick={() => typed('')}>
          <Icon name="close" size={16} />
        </button>
      )}
    </div>
  )
}
