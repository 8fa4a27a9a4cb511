import type { ReactNode } from 'react'

import { t } from '../../i18n'
import { Mark } from './Mark'
import style from './Sheet.module.css'
import { useTitle } from './useTitle'

interface Props {
  title: string
  children: ReactNode
}

/** A quiet page with one thing to say. */
export function Sheet({ title, children }: Props) {
  useTitle(title)
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
