import { useEffect, useRef, useState } from 'react'

import { type SecondFactor, type Session, isSecondFactor } from '../../api/session'
import { t } from '../../i18n'
import form from '../shell/Form.module.css'
import { ExternalReturn } from './ExternalWays'
import style from './Return.module.css'
import { SecondFactorForm } from './SecondFactorForm'
import { SignInForm } from './SignInForm'

interface Props {
  /** Who was here. */
  session: Session
  onReturn: (session: Session) => void
}

/** The session has ended: the page stays, dimmed, and whoever was here signs in where they are. */
export function Return({ session: { viewer, provider }, onReturn }: Props) {
  const [step, setStep] = useState<SecondFactor | null>(null)
  const elsewhere = provider !== null && provider.kind !== 'password' ? provider : null
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
        {step !== null ? (
          <SecondFactorForm step={step} onDone={onReturn} onRestart={() => setStep(null)} />
        ) : elsewhere !== null ? (
          <ExternalReturn
            provider={elsewhere}
            onReturn={(answered) => (isSecondFactor(answered) ? setStep(answered) : onReturn(answered))}
          />
        ) : (
          <SignInForm userName={viewer.user_name} onDone={onReturn} />
        )}
        {elsewhere === null && <p className={form.quiet}>{t('return.link')}</p>}
        <button type="button" className={form.way} onClick={() => window.location.replace('/signin')}>
          {t('return.other')}
        </button>
      </div>
    </dialog>
  )
}
