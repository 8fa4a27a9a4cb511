import { type ReactNode, Suspense, lazy, useState } from 'react'

import { type Role, may } from '../../api/members'
import { t } from '../../i18n'
import type { ShareTarget } from '../../model/shares'

export const ShareDialog = lazy(async () => ({ default: (await import('./ShareDialog')).ShareDialog }))

interface Props {
  target: Omit<ShareTarget, 'name'>
  /** The project, case or slide, as the server described it. */
  one: { readonly name: string; readonly my_role: Role }
  /** Its slides as they are shown. */
  order?: readonly string[]
  className?: string | undefined
  children: ReactNode
}

/** Opens the links of something; only those who manage it have the button. */
export function ShareButton({ target, one, order = [], className, children }: Props) {
  const [open, setOpen] = useState(false)
  if (!may(one, 'manager')) return null
  return (
    <>
      <button type="button" className={className} aria-label={t('shares.open')} title={t('shares.open')} onClick={() => setOpen(true)}>
        {children}
      </button>
      {open && (
        <Suspense fallback={null}>
          <ShareDialog targets={[{ ...target, name: one.name }]} startOf={() => ({ order })} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
