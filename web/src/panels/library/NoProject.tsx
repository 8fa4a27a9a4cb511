import { getMe } from '../../api/account'
import { t } from '../../i18n'
import { Link } from '../shell/Link'
import { useSession } from '../shell/session'
import { useLoaded } from '../shell/useLoaded'
import style from './Welcome.module.css'

/** Somebody who may see nothing yet: whom to ask. */
export function NoProject() {
  const { viewer } = useSession()
  const { value: me } = useLoaded(getMe)
  const role = viewer.organisation_role
  if (role === 'auditor' || role === 'operator') {
    return (
      <section className={style.note}>
        <p className={style.noteText}>{t(`noProject.${role}`)}</p>
        {role === 'auditor' && <Link href="/audit">{t('audit.open')}</Link>}
      </section>
    )
  }
  return (
    <section className={style.note} aria-labelledby="no-project">
      <h1 id="no-project" className={style.noteTitle}>
        {t('noProject.title')}
      </h1>
      {me !== null && me.ask.length > 0 && (
        <div className={style.ask}>
          <p>{t('noProject.ask')}</p>
          <ul>
            {me.ask.map(({ name, email }) => (
              <li key={`${name} ${email ?? ''}`}>
                {name}
                {email !== null && (
                  <>
                    {', '}
                    <a href={`mailto:${email}`}>{email}</a>
                  </>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
      <p className={style.noteText}>{t('noProject.text')}</p>
    </section>
  )
}
