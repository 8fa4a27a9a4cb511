import { type ReactNode, useId } from 'react'

import style from './Account.module.css'

/** A part of a page about one thing, with its heading and what it is for. */
export function Section({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  const id = useId()
  return (
    <section className={style.section} aria-labelledby={id}>
      <h2 id={id} className={style.heading}>
        {title}
      </h2>
      {text !== undefined && <p className={style.about}>{text}</p>}
      {children}
    </section>
  )
}
