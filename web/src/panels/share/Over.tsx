import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

import type { Guest } from '../../api/session'
import { type ShareLook, lookAtShare } from '../../api/shares'
import { t } from '../../i18n'
import { heldLink } from '../../api/guest'
import form from '../shell/Form.module.css'
import box from '../signin/Return.module.css'
import { Ended } from './Ended'

/** The link ended while somebody looked: the slides are dimmed, and it is said since when and whom to ask. */
export function Over({ guest: { from, preview } }: { guest: Guest }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [token] = useState(heldLink)
  const [look, setLook] = useState<ShareLook | null>(null)
  useEffect(() => {
    const shown = dialog.current
    shown?.showModal()
    return () => shown?.close()
  }, [])
  useEffect(() => {
    // After a reload the page holds the link no longer; the server knows by which one this browser came.
    if (preview) return undefined
    const controller = new AbortController()
    lookAtShare(token, controller.signal).then(setLook, () => undefined)
    return () => controller.abort()
  }, [token, preview])
  const ended = look?.state === 'ended' ? look : null
  // The session is over and the link is not: it can be opened again.
  const open = look !== null && (look.state === 'open' || look.state === 'password')
  return (
    <dialog
      ref={dialog}
      className={box.box}
      aria-labelledby="over-title"
      onCancel={(event) => event.preventDefault()}
      // A browser closes a dialog on the second Escape whatever the page says.
      onClose={(event) => {
        if (event.currentTarget.isConnected && !event.currentTarget.open) event.currentTarget.showModal()
      }}
    >
      <div className={box.body}>
        <h2 id="over-title" className={box.title}>
          {t(preview ? 'door.previewEnded' : open ? 'return.title' : 'door.endedTitle')}
        </h2>
        {ended !== null ? (
          <Ended token={token} look={ended} />
        ) : (
          <p className={form.text}>
            {open
              ? t(token === null ? 'door.againBare' : 'door.againText')
              : preview
                ? t('door.previewEndedText')
                : `${t('door.endedNow', { name: from })} ${t('door.moreHint')}`}
          </p>
        )}
        {open && token !== null && (
          <Button onClick={() => window.location.replace(`/share/${encodeURIComponent(token)}`)}>{t('door.again')}</Button>
        )}
      </div>
    </dialog>
  )
}
