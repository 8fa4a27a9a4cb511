import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'

import { ApiError } from '../../api/problem'
import { t } from '../../i18n'
import { problemAt } from '../../model/list/fieldRules'
import { sentence } from '../shell/ErrorNotice'
import style from './Fields.module.css'

const MOST_SHOWN = 8

export interface Choice {
  readonly value: string
  readonly label: string
}

export interface EditInputProps {
  /** What is there; null when several slides differ. */
  value: string | null
  /** The property in the server's words, to find its sentence: `stain`, `fields/site`. */
  property: string
  /** Send the new text; a failed promise leaves the text and shows the server's sentence below. */
  onCommit: (text: string) => Promise<unknown>
  label?: string
  labelledBy?: string
  type?: 'text' | 'date' | 'number'
  /** A closed list of values. */
  choices?: readonly Choice[]
  /** Values worth offering; any other text is fine too. */
  suggestions?: readonly string[]
  /** Called while typing, for suggestions that come from the server. */
  onTyped?: (text: string) => void
  placeholder?: string
  autoFocus?: boolean
  maxLength?: number
  /** The editing is over: by which key, or by going elsewhere. */
  onDone?: (how: 'enter' | 'escape' | 'next' | 'previous' | 'left') => void
}

/** One value to edit in place: Enter or leaving keeps it, Escape gives the former one back. */
export function EditInput(props: EditInputProps) {
  const { value, property, onCommit, choices, onDone, autoFocus = false } = props
  const [draft, setDraft] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const problemId = useId()
  const alive = useRef(true)
  useEffect(() => {
    alive.current = true
    return () => {
      alive.current = false
    }
  }, [])

  /** True when the value is kept, or needed no keeping. */
  const commit = async (text: string): Promise<boolean> => {
    if (text === (value ?? '') && (value !== null || text === '')) {
      setDraft(null)
      setProblem(null)
      return true
    }
    try {
      await onCommit(text)
    } catch (error) {
      if (alive.current) setProblem(problemOf(error, property))
      return false
    }
    if (alive.current) {
      setDraft(null)
      setProblem(null)
    }
    return true
  }
  const reset = (): void => {
    setDraft(null)
    setProblem(null)
  }
  const shared = {
    'aria-label': props.label,
    'aria-labelledby': props.labelledBy,
    'aria-invalid': problem !== null,
    'aria-describedby': problem === null ? undefined : problemId,
    className: style.input,
    autoFocus,
  }
  const below = problem !== null && (
    <p id={problemId} className={style.problem} role="alert">
      {problem}
    </p>
  )
  if (choices !== undefined) {
    const chosen = draft ?? value ?? MIXED
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' && event.key !== 'Enter') return
      if (onDone === undefined) return
      event.preventDefault()
      event.stopPropagation()
      onDone(event.key === 'Escape' ? 'escape' : 'enter')
    }
    return (
      <>
        <select
          {...shared}
          value={chosen}
          onChange={(event) => {
            setDraft(event.currentTarget.value)
            void commit(event.currentTarget.value)
          }}
          onKeyDown={pressed}
          onBlur={() => {
            if (problem === null) onDone?.('left')
          }}
        >
          {value === null && (
            <option value={MIXED} disabled>
              {t('fields.mixed')}
            </option>
          )}
          {choices.every((choice) => choice.value !== '') && <option value="">{t('fields.empty')}</option>}
          {value !== null && value !== '' && !choices.some((choice) => choice.value === value) && (
            <option value={value}>{value}</option>
          )}
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
        {below}
      </>
    )
  }
  return (
    <>
      <TextEntry
        {...props}
        shared={shared}
        text={draft ?? value ?? ''}
        onText={(text) => {
          setDraft(text)
          props.onTyped?.(text)
        }}
        commit={commit}
        reset={reset}
      />
      {below}
    </>
  )
}

const MIXED = '\u0000mixed'
const NO_SUGGESTIONS: readonly string[] = []

interface TextEntryProps extends EditInputProps {
  shared: object
  text: string
  onText: (text: string) => void
  commit: (text: string) => Promise<boolean>
  reset: () => void
}

function TextEntry({ shared, text, onText, commit, reset, suggestions = NO_SUGGESTIONS, onDone, ...props }: TextEntryProps) {
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const listId = useId()
  // Leaving by a key says itself how it ends; the blur that follows is not a second end.
  const over = useRef(false)
  const low = text.trim().toLocaleLowerCase()
  const matching = suggestions.filter((one) => one.toLocaleLowerCase().includes(low) && one !== text)
  const options = open ? matching.slice(0, MOST_SHOWN) : []
  const listed = suggestions !== NO_SUGGESTIONS

  const keep = async (words: string, how: 'enter' | 'next' | 'previous' | 'left'): Promise<void> => {
    setOpen(false)
    setAt(-1)
    if (how !== 'left') over.current = true
    const kept = await commit(words)
    if (kept) onDone?.(how)
    over.current = false
  }
  const pressed = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && listed && props.type === undefined) {
      event.preventDefault()
      event.stopPropagation()
      setOpen(true)
      setAt(Math.max(-1, Math.min(options.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      event.stopPropagation()
      const words = options[at] ?? text
      if (words !== text) onText(words)
      void keep(words, 'enter')
    } else if (event.key === 'Tab' && onDone !== undefined) {
      event.preventDefault()
      void keep(text, event.shiftKey ? 'previous' : 'next')
    } else if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      over.current = true
      reset()
      setOpen(false)
      onDone?.('escape')
      if (onDone === undefined) over.current = false
    }
  }
  return (
    <span className={style.entry}>
      <input
        {...shared}
        type={props.type === 'date' ? 'date' : 'text'}
        inputMode={props.type === 'number' ? 'decimal' : undefined}
        role={listed ? 'combobox' : undefined}
        aria-expanded={listed ? options.length > 0 : undefined}
        aria-controls={listed ? listId : undefined}
        aria-autocomplete={listed ? 'list' : undefined}
        aria-activedescendant={at >= 0 ? `${listId}-${at}` : undefined}
        placeholder={props.value === null ? t('fields.mixed') : (props.placeholder ?? '')}
        value={text}
        maxLength={props.maxLength ?? 1000}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          onText(event.currentTarget.value)
          setOpen(true)
          setAt(-1)
        }}
        onKeyDown={pressed}
        onBlur={() => {
          if (over.current) over.current = false
          else void keep(text, 'left')
        }}
      />
      {listed && (
        <ul id={listId} role="listbox" aria-label={t('fields.value')} className={style.options} hidden={options.length === 0}>
          {options.map((one, index) => (
            <li
              key={one}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === at}
              className={style.option}
              onPointerDown={(event) => {
                event.preventDefault()
                onText(one)
                void keep(one, 'enter')
              }}
            >
              {one}
            </li>
          ))}
        </ul>
      )}
    </span>
  )
}

function problemOf(error: unknown, property: string): string {
  const said = error instanceof ApiError ? problemAt(error.problems, property) : null
  return said ?? sentence(error)
}
