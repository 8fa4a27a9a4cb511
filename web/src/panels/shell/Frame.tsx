import type { ReactNode } from 'react'

import { t } from '../../i18n'
import { Footer } from './Footer'
import style from './Frame.module.css'
import { Link } from './Link'
import { Mark } from './Mark'
import { Icon } from './icons'
import { useApp } from './useApp'
import { useTitle } from './useTitle'

interface Props {
  title: string
  children: ReactNode
}

/** A page beside the slides: the way back, a heading and what belongs below it. */
export function Frame({ title, children }: Props) {
  const app = useApp()
  useTitle(title)
  return (
    <div className={style.page}>
      <header className={style.header}>
        <Link href="/" className={style.brand} aria-label={t('app.home')}>
          <Mark />
          {t('app.name')}
        </Link>
        <Link href="/" className={style.back}>
          <Icon name="left" size={16} />
          {t('frame.back')}
        </Link>
      </header>
      <main className={style.main}>
        <div className={style.inner}>
          <h1 className={style.title}>{title}</h1>
          {children}
        </div>
      </main>
      <Footer app={app} />
    </div>
  )
}
