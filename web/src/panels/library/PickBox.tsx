import type { MouseEvent } from 'react'

import { t } from '../../i18n'

interface Props {
  className: string | undefined
  name: string
  picked: boolean
  shown: boolean
  tabIndex: 0 | -1
  onPick: (event: MouseEvent) => void
}

/** The box that marks a slide; around it is room for a finger. */
export function PickBox({ className, name, picked, shown, tabIndex, onPick }: Props) {
  return (
    <label className={className} data-shown={shown || picked}>
      <input
        type="checkbox"
        tabIndex={tabIndex}
        checked={picked}
        aria-label={t('picks.select', { name })}
        onClick={onPick}
        // A click says what is meant, keys and fingers included; React wants to hear of a change as well.
        onChange={() => undefined}
      />
    </label>
  )
}
