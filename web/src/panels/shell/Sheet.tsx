import type { ReactNode } from 'react'

import { t } from '../../i18n'
import { Mark } from './Mark'
import style from './Sheet.module.css'
import { useTitle } from './useTitle'

interface Props {
  title: string
  /** Leave the title of the page out of the browser's tab and history. */
  plain?: boolean
  children: ReactNode
}

/** A quiet page with one thing to say. */
export function Sheet({ title, plain = false, children }: Props) {
  useTitle(plain ? null : title)
  return (
    <main className={style.page}>
      <div className={style.sheet}>
        <p className={style.brand}>
          <Mark />
          {t('app.name')}
        </p>
        <h1 className={style.title}>{title}</h1>
        {children}
      </div>
    </main>
  )
}
