import { useEffect, useRef } from 'react'

import type { Session, Viewer } from '../../api/session'
import { t } from '../../i18n'
import form from '../shell/Form.module.css'
import style from './Return.module.css'
import { SignInForm } from './SignInForm'

interface Props {
  /** Who was here. */
  viewer: Viewer
  onReturn: (session: Session) => void
}

/** The session has ended: the page stays, dimmed, and whoever was here signs in where they are. */
export function Return({ viewer, onReturn }: Props) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = box.current
    dialog?.showModal()
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={box}
      className={style.box}
      aria-labelledby="return-title"
      onCancel={(event) => event.preventDefault()}
      // A browser closes a dialog on the second Escape whatever the page says.
      onClose={(event) => {
        if (event.currentTarget.isConnected && !event.currentTarget.open) event.currentTarget.showModal()
      }}
    >
      <div className={style.body}>
        <h2 id="return-title" className={style.title}>
          {t('return.title')}
        </h2>
        <p className={form.text}>{t('return.text')}</p>
        <SignInForm userName={viewer.user_name} onDone={onReturn} />
        <p className={form.quiet}>{t('return.link')}</p>
        <button type="button" className={form.way} onClick={() => window.location.replace('/signin')}>
          {t('return.other')}
        </button>
      </div>
    </dialog>
  )
}
