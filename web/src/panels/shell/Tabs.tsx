import type { KeyboardEvent } from 'react'

import style from './Tabs.module.css'

interface Props<Name extends string> {
  /** Begins the ids: the tab `name` is `{id}-{name}`, what it shows is `{id}-panel`. */
  id: string
  label: string
  names: readonly Name[]
  chosen: Name
  textOf: (name: Name) => string
  onChoose: (name: Name) => void
}

/** Tabs over a panel that the caller draws; the arrow keys go from one to the next, as the ARIA practices say. */
export function Tabs<Name extends string>({ id, label, names, chosen, textOf, onChoose }: Props<Name>) {
  const pressed = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const next = by === undefined ? undefined : names[(names.indexOf(chosen) + by + names.length) % names.length]
    if (next === undefined) return
    event.preventDefault()
    onChoose(next)
    document.getElementById(`${id}-${next}`)?.focus()
  }
  return (
    <div role="tablist" aria-label={label} className={style.tabs} onKeyDown={pressed}>
      {names.map((name) => (
        <button
          key={name}
          id={`${id}-${name}`}
          type="button"
          role="tab"
          className={style.tab}
          aria-selected={chosen === name}
          aria-controls={`${id}-panel`}
          tabIndex={chosen === name ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {textOf(name)}
        </button>
      ))}
    </div>
  )
}

/** The attributes of the panel below. */
export function panelOf(id: string, chosen: string): { id: string; role: 'tabpanel'; 'aria-labelledby': string } {
  return { id: `${id}-panel`, role: 'tabpanel', 'aria-labelledby': `${id}-${chosen}` }
}
