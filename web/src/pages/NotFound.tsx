import { t } from '../i18n'
import { Link } from '../panels/shell/Link'
import { Sheet } from '../panels/shell/Sheet'

/** Nothing is at this address. */
export function NotFound() {
  return (
    <Sheet title={t('notFound.title')}>
      <p>{t('notFound.text')}</p>
      <Link href="/">{t('notFound.home')}</Link>
    </Sheet>
  )
}
