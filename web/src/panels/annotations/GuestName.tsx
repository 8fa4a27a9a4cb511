import { Button } from '@mantine/core'
import { useState } from 'react'

import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useGuest } from '../shell/session'
import { useAnnotations } from './context'
import { keepGuestName } from './guestName'
import { panel } from './panelState'

/** A guest says who they are before others read or see something of them. */
export function GuestName({ then }: { then: () => void }) {
  const { session } = useAnnotations()
  const guest = useGuest()
  const [name, setName] = useState(guest?.recipient ?? '')
  const words = name.trim()
  const submit = (): void => {
    if (words === '') return
    keepGuestName(words)
    session.setGuestName(words)
    panel.set({ askName: null })
    then()
  }
  return (
    <Dialog title={t('annotations.whoAreYou')} onClose={() => panel.set({ askName: null })}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <p className={form.text}>{t('annotations.whoText')}</p>
        <label className={form.label}>
          {t('annotations.yourName')}
          <input data-autofocus className={input.input} value={name} maxLength={60} autoComplete="name" onChange={(event) => setName(event.currentTarget.value)} />
        </label>
        {words !== '' && <p className={form.quiet}>{t('annotations.shownAs', { name: words })}</p>}
        <div className={form.foot}>
          <Button type="submit" disabled={words === ''}>
            {t('annotations.goOn')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
