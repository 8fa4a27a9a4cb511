import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react'

import { isAbort } from '../../api/problem'
import { t } from '../../i18n'
import { useCalm } from '../cases/useRules'
import { sentence } from './ErrorNotice'
import style from './Finder.module.css'
import input from './Input.module.css'

interface Props<T> {
  label: string
  /** Gives what fits the words; a function that stays the same. */
  find: (words: string, signal: AbortSignal) => Promise<readonly T[]>
  keyOf: (one: T) => string
  face: (one: T) => ReactNode
  onPick: (one: T) => void
  autoFocus?: boolean
}

const CALM_MS = 150

/** Type a name, choose among what fits: by mouse, finger or arrow keys. */
export function Finder<T>({ label, find, keyOf, face, onPick, autoFocus = false }: Props<T>) {
  const [words, setWords] = useState('')
  const [found, setFound] = useState<{ words: string; items: readonly T[]; error: unknown } | null>(null)
  const [at, setAt] = useState(0)
  const id = useId()
  const calm = useCalm(words.trim(), CALM_MS)

  useEffect(() => {
    if (calm === '') return undefined
    const controller = new AbortController()
    find(calm, controller.signal).then(
      (items) => setFound({ words: calm, items, error: null }),
      (error: unknown) => {
        if (!isAbort(error)) setFound({ words: calm, items: [], error })
      },
    )
    return () => controller.abort()
  }, [find, calm])

  const shown = words.trim() === '' ? null : found
  const items = shown?.items ?? []
  const chosen = Math.min(at, items.length - 1)
  const pick = (one: T | undefined): void => {
    if (one === undefined) return
    setWords('')
    setFound(null)
    onPick(one)
  }
  const pressed = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && items.length > 0) {
      const next = (chosen + step + items.length) % items.length
      setAt(next)
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' })
    } else if (event.key === 'Enter') pick(items[chosen])
    else if (event.key === 'Escape' && words !== '') setWords('')
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className={style.finder}>
      <input
        className={input.input}
        role="combobox"
        aria-expanded={items.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={items.length > 0 ? `${id}-${chosen}` : undefined}
        aria-label={label}
        placeholder={label}
        value={words}
        maxLength={100}
        autoFocus={autoFocus && finePointer()}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setWords(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={pressed}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={label} className={style.list} hidden={items.length === 0}>
        {items.map((one, index) => (
          <li
            key={keyOf(one)}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={style.option}
            onClick={() => pick(one)}
            onPointerMove={() => setAt(index)}
          >
            {face(one)}
          </li>
        ))}
      </ul>
      <p className={style.quiet} role="status">
        {shown !== null && items.length === 0 && (shown.error === null ? t('finder.nobody', { words: shown.words }) : sentence(shown.error))}
      </p>
    </div>
  )
}

/** Where one types on the screen, a field that takes the focus by itself covers half of what one came to see. */
function finePointer(): boolean {
  return window.matchMedia('(pointer: fine)').matches
}
