import { type KeyboardEvent, useId, useState } from 'react'

import { t } from '../../i18n'
import { Icon } from '../shell/icons'
import style from './Fields.module.css'

/** More suggestions than these are not read; typing narrows them. */
const MOST_SHOWN = 8

interface Props {
  /** Tags of all the slides, and those that only some carry. */
  all: readonly string[]
  some?: readonly string[]
  /** Tags that are used already, most frequent first. */
  known: readonly string[]
  labelledBy?: string
  autoFocus?: boolean
  onAdd: (tag: string) => void
  onRemove: (tag: string) => void
  /** Escape or Enter in an empty field. */
  onDone?: () => void
}

/** Tags as chips; typing suggests those that are used already. */
export function TagsField({ all, some = [], known, labelledBy, autoFocus = false, onAdd, onRemove, onDone }: Props) {
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const listId = useId()
  const words = text.trim()
  const low = words.toLocaleLowerCase()
  const matching = known.filter((tag) => !all.includes(tag) && tag.toLocaleLowerCase().includes(low))
  const choices = open ? matching.slice(0, MOST_SHOWN) : []
  const add = (tag: string): void => {
    setText('')
    setAt(-1)
    if (tag !== '' && !all.includes(tag)) onAdd(tag)
  }
  const pressed = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return
    event.stopPropagation()
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        event.preventDefault()
        setOpen(true)
        const by = event.key === 'ArrowDown' ? 1 : -1
        setAt(Math.max(-1, Math.min(choices.length - 1, at + by)))
        break
      }
      case 'Enter':
      case ',':
        event.preventDefault()
        if (words === '' && at < 0) onDone?.()
        else add(choices[at] ?? words)
        break
      case 'Backspace': {
        const last = all.at(-1)
        if (text === '' && last !== undefined) onRemove(last)
        break
      }
      case 'Escape':
        event.preventDefault()
        setText('')
        setOpen(false)
        onDone?.()
        break
    }
  }
  return (
    <div className={style.tags}>
      {all.map((tag) => (
        <span key={tag} className={style.tag}>
          <span className={style.tagText}>{tag}</span>
          <button
            type="button"
            className={style.tagRemove}
            aria-label={t('fields.removeTag', { tag })}
            onClick={() => onRemove(tag)}
          >
            <Icon name="close" size={12} />
          </button>
        </span>
      ))}
      {some.map((tag) => (
        <button
          key={tag}
          type="button"
          className={style.tagSome}
          title={t('fields.someTag')}
          aria-label={`${tag}. ${t('fields.someTag')}`}
          onClick={() => onAdd(tag)}
        >
          {tag}
        </button>
      ))}
      <span className={style.tagEntry}>
        <input
          className={style.tagInput}
          role="combobox"
          aria-expanded={choices.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={at >= 0 ? `${listId}-${at}` : undefined}
          aria-label={labelledBy === undefined ? t('fields.addTag') : undefined}
          aria-labelledby={labelledBy}
          placeholder={t('fields.addTag')}
          value={text}
          maxLength={100}
          autoFocus={autoFocus}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setOpen(true)
            setAt(-1)
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => {
            setOpen(false)
            add(words)
          }}
          onKeyDown={pressed}
        />
        <ul id={listId} role="listbox" aria-label={t('fields.tagSuggestions')} className={style.options} hidden={choices.length === 0}>
          {choices.map((tag, index) => (
            <li
              key={tag}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === at}
              className={style.option}
              // Before the field loses the focus.
              onPointerDown={(event) => {
                event.preventDefault()
                add(tag)
              }}
            >
              {tag}
            </li>
          ))}
        </ul>
      </span>
    </div>
  )
}
