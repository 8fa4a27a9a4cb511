import type { ReactNode } from 'react'

import style from '../account/Account.module.css'

/** A word in a pill; `tone` for what is not simply good. */
export function Chip({ tone, children }: { tone?: 'quiet' | 'warn' | 'bad'; children: ReactNode }) {
  return (
    <span className={style.chip} data-tone={tone}>
      {children}
    </span>
  )
}
