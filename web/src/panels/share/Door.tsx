import { Button } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { ApiError } from '../../api/problem'
import { type ShareLook, openShare } from '../../api/shares'
import { formatDeadline, formatDuration, t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { PasswordField } from '../shell/PasswordField'
import { useTask } from '../shell/useTask'
import style from './Door.module.css'

interface Props {
  token: string
  look: ShareLook
  /** The link is open; go there. */
  onOpened: (path: string) => void
  /** It ended meanwhile. */
  onEnded: () => void
}

/** What somebody sends, said before anything is opened: only the button counts. */
export function Door({ token, look, onOpened, onEnded }: Props) {
  const [password, setPassword] = useState('')
  const { busy, error, run } = useTask()
  const asks = look.state === 'password'
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (asks && password === '') return
    run(async () => {
      try {
        return await openShare(token, asks ? password : null)
      } catch (failure) {
        if (failure instanceof ApiError && failure.code === 'share_ended') onEnded()
        throw failure
      }
    }, onOpened)
  }
  return (
    <form className={form.form} onSubmit={submit}>
      <Facts look={look} />
      {asks && (
        <>
          <p className={form.text}>{t('door.passwordText', { name: look.from ?? t('door.sender') })}</p>
          <PasswordField label={t('door.password')} value={password} autoComplete="current-password" autoFocus onChange={setPassword} />
        </>
      )}
      {error !== null ? <Refused error={error} /> : <TriesLeft left={asks ? (look.tries_left ?? null) : null} />}
      <Button type="submit" size="lg" loading={busy}>
        {t('door.open')}
      </Button>
      <p className={form.quiet}>{t('door.quiet')}</p>
    </form>
  )
}

function Facts({ look }: { look: ShareLook }) {
  const { recipient, note, kind, slide_count: count, expires_at: until, may } = look
  const what = !kind ? null : kind === 'slide' ? t('door.what.slide') : t(`door.what.${kind}`, { count: count ?? 0 })
  return (
    <>
      {recipient && <p className={style.recipient}>{t('door.for', { name: recipient })}</p>}
      {note && (
        <blockquote className={style.note} aria-label={t('door.note')}>
          {note}
        </blockquote>
      )}
      <dl className={style.facts}>
        {what !== null && (
          <div>
            <dt>{t('door.whatLabel')}</dt>
            <dd>{what}</dd>
          </div>
        )}
        {until && (
          <div>
            <dt>{t('door.until')}</dt>
            <dd>{formatDeadline(until)}</dd>
          </div>
        )}
        {may && (
          <div>
            <dt>{t('door.may')}</dt>
            <dd>{t(`shares.may.${may}`)}</dd>
          </div>
        )}
      </dl>
    </>
  )
}

/** Why the door stays shut. */
function Refused({ error }: { error: unknown }) {
  if (!(error instanceof ApiError)) return <ErrorNotice compact error={error} title={t('door.failed')} />
  if (error.code === 'share_password_wrong') {
    return (
      <div className={style.wrong} role="alert">
        <b>{t('door.wrong')}</b>
        <TriesLeft left={error.tries_left} />
      </div>
    )
  }
  if (error.status === 429) {
    return (
      <div className={style.wrong} role="alert">
        <b>{t('door.noTries')}</b>
        {error.retry_after_s !== null && <p className={form.text}>{t('door.wait', { duration: formatDuration(error.retry_after_s) })}</p>}
      </div>
    )
  }
  return <ErrorNotice compact error={error} title={t('door.failed')} />
}

function TriesLeft({ left }: { left: number | null }) {
  if (left === null) return null
  return <p className={form.text}>{left === 0 ? t('door.noTries') : t('door.triesLeft', { count: left })}</p>
}
