import { Button } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type Guest, leaveShare } from '../../api/session'
import { sayDone } from '../../api/shares'
import { t } from '../../i18n'
import { leaveAsGuest } from '../../api/guest'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useTask } from '../shell/useTask'

/** Tell the sender that one is done; looking goes on as long as the link. */
export function DoneDialog({ guest: { from: name }, onClose }: { guest: Guest; onClose: () => void }) {
  const [message, setMessage] = useState('')
  const [said, setSaid] = useState(false)
  const { busy, error, run } = useTask()
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    run(
      () => sayDone(message.trim()),
      () => setSaid(true),
    )
  }
  const leave = (): void =>
    run(leaveShare, () => {
      leaveAsGuest()
      // A page load, not a move: whatever was on screen or in memory goes with the session.
      window.location.replace('/share')
    })
  return (
    <Dialog title={t('guest.doneTitle', { name })} onClose={onClose}>
      {said ? (
        <div className={form.form}>
          <p className={form.good} role="status">
            {t('guest.doneSaid', { name })}
          </p>
          {error !== null && <ErrorNotice compact error={error} />}
          <div className={form.foot}>
            <Button variant="default" loading={busy} onClick={leave}>
              {t('guest.leave')}
            </Button>
            <Button onClick={onClose}>{t('guest.close')}</Button>
          </div>
        </div>
      ) : (
        <form className={form.form} onSubmit={submit}>
          <p className={form.text}>{t('guest.doneText')}</p>
          <label className={form.label}>
            {t('guest.doneMessage')}
            <textarea
              data-autofocus
              className={input.input}
              rows={3}
              maxLength={2000}
              value={message}
              onChange={(event) => setMessage(event.currentTarget.value)}
            />
          </label>
          {error !== null && <ErrorNotice compact error={error} title={t('guest.doneFailed')} />}
          <div className={form.foot}>
            <Button type="submit" loading={busy}>
              {t('guest.doneSend')}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
