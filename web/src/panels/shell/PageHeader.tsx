import { t } from '../../i18n'
import { Icon } from './icons'
import { Link } from './Link'
import { Mark } from './Mark'
import style from './PageHeader.module.css'

/** The head of a page beside the library: whose it is, and the way back. */
export function PageHeader({ back }: { back: string }) {
  return (
    <header className={style.header}>
      <Link href="/" className={style.brand} aria-label={t('app.home')}>
        <Mark />
        {t('app.name')}
      </Link>
      <Link href="/" className={style.back}>
        <Icon name="left" size={16} />
        {back}
      </Link>
    </header>
  )
}
