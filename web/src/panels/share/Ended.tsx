import { Button } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type ShareLook, askForMore } from '../../api/shares'
import { formatDeadline, t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useTask } from '../shell/useTask'

interface Props {
  /** Null where the page no longer holds it: then it is the link by which this browser came. */
  token: string | null
  look: ShareLook
}

/** When the link ended, whom to ask, and a way to ask at once. */
export function Ended({ token, look }: Props) {
  const [asking, setAsking] = useState(false)
  const [message, setMessage] = useState('')
  const [sent, setSent] = useState(false)
  const { busy, error, run } = useTask()
  const name = look.ask ?? look.from ?? t('door.sender')
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    run(
      () => askForMore(token, message.trim()),
      () => setSent(true),
    )
  }
  return (
    <div className={form.form}>
      <p className={form.text}>{sentenceOf(look, name)}</p>
      {sent ? (
        <p className={form.good} role="status">
          {t('door.moreSent', { name })}
        </p>
      ) : asking ? (
        <form className={form.form} onSubmit={submit}>
          <label className={form.label}>
            {t('door.moreMessage')}
            <textarea
              className={input.input}
              rows={3}
              maxLength={1000}
              autoFocus
              value={message}
              onChange={(event) => setMessage(event.currentTarget.value)}
            />
          </label>
          {error !== null && <ErrorNotice compact error={error} title={t('door.moreFailed')} />}
          <Button type="submit" loading={busy}>
            {t('door.moreSend')}
          </Button>
        </form>
      ) : (
        <Button variant="default" onClick={() => setAsking(true)}>
          {t('door.more')}
        </Button>
      )}
    </div>
  )
}

function sentenceOf({ ended }: ShareLook, name: string): string {
  if (!ended) return t('door.endedNow', { name })
  return t(ended.why === 'opens' ? 'door.endedOpens' : 'door.ended', { time: formatDeadline(ended.at), name })
}
