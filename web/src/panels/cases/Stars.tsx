import type { KeyboardEvent } from 'react'

import { t } from '../../i18n'
import style from './Stars.module.css'

const MOST = 5

interface Props {
  /** Null: not rated. Undefined: several slides that differ. */
  value: number | null | undefined
  label: string
  onChange: (value: number | null) => void
  tabIndex?: 0 | -1
}

/** One to five stars: a click on a star, or the keys 0 to 5 and the arrows. */
export function Stars({ value, label, onChange, tabIndex = 0 }: Props) {
  const shown = value ?? 0
  const pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const next = starsAfter(event.key, shown)
    if (next === null) return
    event.preventDefault()
    event.stopPropagation()
    if (next !== value) onChange(next === 0 ? null : next)
  }
  return (
    <span
      role="slider"
      className={style.stars}
      tabIndex={tabIndex}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={MOST}
      aria-valuenow={shown}
      aria-valuetext={starsText(value)}
      data-rated={shown > 0}
      onKeyDown={pressed}
    >
      {Array.from({ length: MOST }, (_, at) => (
        <span
          key={at}
          className={style.star}
          data-on={at < shown}
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation()
            onChange(at + 1 === value ? null : at + 1)
          }}
        >
          <svg width="15" height="15" viewBox="0 0 24 24" focusable="false">
            <path d="M12 3l2.7 5.9 6.3.7-4.7 4.3 1.3 6.3L12 17l-5.6 3.2 1.3-6.3L3 9.6l6.3-.7z" />
          </svg>
        </span>
      ))}
    </span>
  )
}

export function starsText(value: number | null | undefined): string {
  if (value === undefined) return t('fields.mixedStars')
  return value === null || value === 0 ? t('fields.noStars') : t('fields.stars', { count: value })
}

function starsAfter(key: string, at: number): number | null {
  if (/^[0-5]$/.test(key)) return Number(key)
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(MOST, at + 1)
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, at - 1)
    case 'Delete':
    case 'Backspace':
    case 'Home':
      return 0
    case 'End':
      return MOST
    default:
      return null
  }
}
