import type { AppFacts } from '../../api/session'
import { t } from '../../i18n'
import style from './Footer.module.css'

/** The administrator's notice and the version, on every page. */
export function Footer({ app }: { app: AppFacts | null }) {
  return (
    <footer className={style.footer}>
      <span>{app?.notice}</span>
      {app !== null && <span>{t('app.version', { version: app.version })}</span>}
    </footer>
  )
}
