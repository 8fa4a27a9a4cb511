import { useMantineColorScheme } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'

import { identity } from '../../api/identity'
import { signOutEverywhere } from '../../api/external'
import { t } from '../../i18n'
import style from './AccountMenu.module.css'
import { toggleIdentity } from '../identity/IdentityFrame'
import { Disclosure } from './Disclosure'
import { ErrorNotice } from './ErrorNotice'
import { Icon } from './icons'
import { Link } from './Link'
import { mayAudit, useSession } from './session'
import { useStore } from './useStore'

const ExportsDialog = lazy(() => import('../pictures/ExportsDialog').then((module) => ({ default: module.ExportsDialog })))

const SCHEMES = ['light', 'dark', 'auto'] as const

/** Who is signed in, light or dark, the keys, and the way out. */
export function AccountMenu({ onKeys }: { onKeys: () => void }) {
  const session = useSession()
  const { viewer } = session
  // Holding transitions back would take a style sheet written by script, which the server's policy refuses.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  const hidden = useStore(identity)
  const [error, setError] = useState<unknown>(null)
  const [exportsShown, setExportsShown] = useState(false)
  /** Changes of mine that the server does not have yet; null before anybody wanted to leave. */
  const [unsent, setUnsent] = useState<number | null>(null)
  // A page load, not a move: whatever was on screen or in memory goes with the session.
  const leave = async (): Promise<void> => {
    if (unsent === null) {
      const { waitingSlides } = await import('../../live/outbox')
      const waiting = [...(await waitingSlides(window.location.host, viewer.person_id)).values()]
      const count = waiting.reduce((sum, one) => sum + one, 0)
      setUnsent(count)
      if (count > 0) return
    }
    signOutEverywhere().then((next) => window.location.replace(next), setError)
  }
  return (
    <>
    <Disclosure face={<Icon name="person" />} label={t('account.menu', { name: viewer.name })} className={style.button}>
      {(close) => (
        <div className={style.menu}>
          <p className={style.name}>{viewer.name}</p>
          <Link className={style.item} href="/account">
            {t('account.mine')}
          </Link>
          {viewer.is_admin && (
            <Link className={style.item} href="/people">
              {t('people.title')}
            </Link>
          )}
          <Link className={style.item} href="/shares">
            {t('shares.page')}
          </Link>
          <Link className={style.item} href="/boards">
            {t('boards.page')}
          </Link>
          <fieldset className={style.schemes}>
            <legend>{t('theme.label')}</legend>
            {SCHEMES.map((scheme) => (
              <label key={scheme} className={style.scheme}>
                <input
                  type="radio"
                  name="appearance"
                  checked={colorScheme === scheme}
                  onChange={() => setColorScheme(scheme)}
                />
                {t(`theme.${scheme}`)}
              </label>
            ))}
          </fieldset>
          <button
            type="button"
            className={style.item}
            onClick={() => {
              close()
              onKeys()
            }}
          >
            {t('keys.title')}
            <kbd className={style.key}>?</kbd>
          </button>
          <button
            type="button"
            className={style.item}
            onClick={() => {
              close()
              setExportsShown(true)
            }}
          >
            {t('exports.title')}
          </button>
          <button
            type="button"
            className={style.item}
            onClick={() => {
              close()
              toggleIdentity()
            }}
          >
            {hidden ? t('identity.showShort') : t('identity.hide')}
            <kbd className={style.key}>Shift+I</kbd>
          </button>
          <Link className={style.item} href="/display-check">
            {t('menu.displayCheck')}
          </Link>
          {mayAudit(session) && (
            <Link className={style.item} href="/audit">
              {t('audit.open')}
            </Link>
          )}
          {unsent !== null && unsent > 0 && (
            <p className={style.unsent} role="alert">
              {t('annotated.unsent', { count: unsent })}
            </p>
          )}
          <button type="button" className={style.item} onClick={() => void leave()}>
            {unsent === null || unsent === 0 ? t('account.signOut') : t('annotated.signOutAnyway')}
          </button>
          {error !== null && <ErrorNotice compact error={error} />}
        </div>
      )}
    </Disclosure>
    {exportsShown && (
      <Suspense fallback={null}>
        <ExportsDialog onClose={() => setExportsShown(false)} />
      </Suspense>
    )}
    </>
  )
}
