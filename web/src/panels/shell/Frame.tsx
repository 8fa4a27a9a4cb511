import type { ReactNode } from 'react'

import { t } from '../../i18n'
import { Footer } from './Footer'
import style from './Frame.module.css'
import { PageHeader } from './PageHeader'
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
      <PageHeader back={t('frame.back')} />
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
