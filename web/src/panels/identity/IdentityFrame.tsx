import { type ReactNode, useEffect } from 'react'

import { identity } from '../../api/identity'
import { t } from '../../i18n'
import { embedded } from '../../shell/embed'
import { currentPlace, go } from '../../shell/navigation'
import { belongsToControl, bindingOf, keysInUse } from '../../viewer/keys'
import { useStore } from '../shell/useStore'
import style from './IdentityFrame.module.css'

/** Hide or show identity. What somebody searched for may be a name: it leaves the address, too. */
export function toggleIdentity(): void {
  const hide = !identity.get()
  if (hide) {
    const { pathname, search, hash } = currentPlace()
    const query = new URLSearchParams(search)
    query.delete('q')
    const left = query.toString()
    go(`${pathname}${left === '' ? '' : `?${left}`}${hash}`, { replace: true })
  }
  identity.set(hide)
}

/**
 * Around every page: says that identity is hidden, and draws the page anew when that changes, so that it reads
 * everything again and nothing that was read before stays.
 */
export function IdentityFrame({ children }: { children: ReactNode }) {
  const hidden = useStore(identity)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null
      if (event.defaultPrevented || event.repeat || embedded() || belongsToControl(target, event.code)) return
      if (bindingOf(event, keysInUse())?.action !== 'identity') return
      event.preventDefault()
      toggleIdentity()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
  return (
    <div className={style.whole}>
      {hidden && (
        <button type="button" className={style.badge} title={t('identity.show')} onClick={toggleIdentity}>
          {t('identity.hidden')}
        </button>
      )}
      <div className={style.page} key={String(hidden)}>
        {children}
      </div>
    </div>
  )
}
