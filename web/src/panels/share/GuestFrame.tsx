import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'

import { type Guest, leaveShare } from '../../api/session'
import { formatDeadline, t } from '../../i18n'
import { forgetGuest } from '../../api/guest'
import { Link } from '../shell/Link'
import { usePlace } from '../shell/usePlace'
import { DoneDialog } from './DoneDialog'
import style from './Guest.module.css'

interface Props {
  guest: Guest
  children: ReactNode
}

/** Around what was shared: by whom, until when, and "Done". Nothing of the house besides. */
export function GuestFrame({ guest, children }: Props) {
  const { pathname } = usePlace()
  const [finishing, setFinishing] = useState(false)
  const several = guest.kind !== 'slide'
  return (
    <div className={style.whole}>
      {guest.preview && <Preview recipient={guest.recipient} />}
      <section className={style.bar} aria-label={t('guest.bar')}>
        <p className={style.from}>
          <strong>{t('guest.from', { name: guest.from })}</strong>
          <span className={style.until}>{t('guest.until', { time: formatDeadline(guest.expires_at) })}</span>
        </p>
        {several && pathname !== '/' && (
          <Link href="/" className={style.all}>
            {t('guest.all')}
          </Link>
        )}
        <Button size="sm" disabled={guest.preview} onClick={() => setFinishing(true)}>
          {t('guest.done')}
        </Button>
      </section>
      <div className={style.inside}>{children}</div>
      {finishing && <DoneDialog guest={guest} onClose={() => setFinishing(false)} />}
    </div>
  )
}

/** Says that this is not the recipient's own visit. */
function Preview({ recipient }: { recipient: string }) {
  const end = (): void => {
    forgetGuest()
    const leave = (): void => {
      window.close()
      // A tab that no script opened stays: then it shows the house again.
      window.location.replace('/')
    }
    leaveShare().then(leave, leave)
  }
  return (
    <section className={style.preview} aria-label={t('shares.preview')}>
      <p>{recipient === '' ? t('guest.previewAnybody') : t('guest.preview', { name: recipient })}</p>
      <button type="button" className={style.end} onClick={end}>
        {t('guest.previewEnd')}
      </button>
    </section>
  )
}
