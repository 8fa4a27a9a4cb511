import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'

import { t } from '../../i18n'
import input from '../shell/Input.module.css'
import small from '../shell/Small.module.css'
import { type Mention, mentionedIn, typedMention, withMention } from './threads'
import { usePeopleToMention } from './usePeopleToMention'
import style from './comments.module.css'

const LONGEST = 10_000

interface Props {
  act: string
  /** What is being changed; a new comment begins empty. */
  text?: string
  onSend: (text: string, mentions: string[]) => void
  onCancel: () => void
}

/** Write a comment; an @ offers people. Ctrl+Enter sends. */
export function CommentForm({ act, text: before = '', onSend, onCancel }: Props) {
  const [text, setText] = useState(before)
  const [caret, setCaret] = useState(before.length)
  const [chosen, setChosen] = useState<readonly Mention[]>([])
  const [at, setAt] = useState(0)
  const [closed, setClosed] = useState(false)
  const area = useRef<HTMLTextAreaElement>(null)
  const listId = useId()
  const typed = closed ? null : typedMention(text, caret)
  const people = usePeopleToMention(typed?.words ?? null)
  const offered = typed === null ? [] : people
  const focused = Math.min(at, offered.length - 1)
  useEffect(() => {
    const element = area.current
    element?.focus()
    element?.setSelectionRange(element.value.length, element.value.length)
  }, [])
  const send = (): void => {
    const words = text.trim()
    if (words !== '') onSend(words, mentionedIn(words, [...chosen, ...people]))
  }
  const pick = (person: Mention | undefined): void => {
    if (person === undefined) return
    const next = withMention(text, caret, person.name)
    setText(next.text)
    setCaret(next.caret)
    setChosen([...chosen, person])
    setAt(0)
    requestAnimationFrame(() => {
      area.current?.focus()
      area.current?.setSelectionRange(next.caret, next.caret)
    })
  }
  const pressed = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      send()
      return
    }
    if (event.key === 'Escape') {
      event.stopPropagation()
      if (offered.length > 0) setClosed(true)
      else onCancel()
      return
    }
    if (offered.length === 0) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) setAt((focused + step + offered.length) % offered.length)
    else if (event.key === 'Enter' || event.key === 'Tab') pick(offered[focused])
    else return
    event.preventDefault()
  }
  return (
    <form
      className={style.form}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        ref={area}
        className={input.input}
        rows={3}
        maxLength={LONGEST}
        role="combobox"
        aria-label={t('annotations.commentText')}
        aria-expanded={offered.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={offered.length > 0 ? `${listId}-${focused}` : undefined}
        placeholder={t('annotations.commentHint')}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setCaret(event.currentTarget.selectionStart)
          setClosed(false)
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onKeyDown={pressed}
      />
      <ul id={listId} role="listbox" aria-label={t('annotations.mention')} className={style.people} hidden={offered.length === 0}>
        {offered.map((person, i) => (
          <li
            key={person.id}
            id={`${listId}-${i}`}
            role="option"
            aria-selected={i === focused}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => pick(person)}
          >
            {person.name}
          </li>
        ))}
      </ul>
      <div className={style.acts}>
        <button type="submit" className={small.act} data-main disabled={text.trim() === ''}>
          {act}
        </button>
        <button type="button" className={small.link} onClick={onCancel}>
          {t('annotations.cancel')}
        </button>
      </div>
    </form>
  )
}
