import { type ReactNode, Suspense, lazy, useState } from 'react'

import { type Role, type Scope, may } from '../../api/members'
import { t } from '../../i18n'

export const MembersDialog = lazy(async () => ({ default: (await import('./MembersDialog')).MembersDialog }))

interface Props {
  scope: Scope
  /** The project, case or slide, as the server described it. */
  one: { readonly name: string; readonly my_role: Role }
  className?: string | undefined
  children: ReactNode
}

/** Opens the members of something; only those who manage it have the button. */
export function MembersButton({ scope, one, className, children }: Props) {
  const [open, setOpen] = useState(false)
  if (!may(one, 'manager')) return null
  return (
    <>
      <button type="button" className={className} aria-label={t('members.open')} title={t('members.open')} onClick={() => setOpen(true)}>
        {children}
      </button>
      {open && (
        <Suspense fallback={null}>
          <MembersDialog scope={scope} name={one.name} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
