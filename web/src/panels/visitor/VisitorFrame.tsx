import { Button } from '@mantine/core'
import type { ReactNode } from 'react'

import { t } from '../../i18n'
import { go, presentPlace } from '../../shell/navigation'
import guest from '../share/Guest.module.css'
import { Link } from '../shell/Link'
import { Mark } from '../shell/Mark'
import style from './Visitor.module.css'

/** Around what is public: where one is, and the way to sign in, which comes back here. Nothing of the house besides. */
export function VisitorFrame({ children }: { children: ReactNode }) {
  return (
    <div className={guest.whole}>
      <header className={style.bar}>
        <Link href="/" className={style.brand} aria-label={t('app.home')}>
          <Mark />
          <span className={style.brandName}>{t('app.name')}</span>
        </Link>
        <p className={style.where}>{t('visitor.where')}</p>
        <Button size="sm" onClick={() => go('/signin', { next: presentPlace() })}>
          {t('visitor.signIn')}
        </Button>
      </header>
      <div className={guest.inside}>{children}</div>
    </div>
  )
}
