import { useEffect, useState } from 'react'

import { t } from '../../i18n'
import type { Notices } from '../../model/notices'
import { sentence } from './ErrorNotice'
import style from './Toast.module.css'
import { Icon } from './icons'
import { useStore } from './useStore'

/** How long a sentence stays; one that offers a way back stays longer, an error until somebody closes it. */
const SHORT_MS = 4000
const LONG_MS = 10_000

/** What has just been done, in one sentence at the foot of the page, and the button that takes it back. */
export function Toast({ notices }: { notices: Notices }) {
  const { notice, busy } = useStore(notices.state)
  const [held, setHeld] = useState(false)
  const { id = 0, undoable = false, error = null } = notice ?? {}

  useEffect(() => {
    if (id === 0 || held || error !== null) return undefined
    const timer = setTimeout(() => notices.dismiss(), undoable ? LONG_MS : SHORT_MS)
    return () => clearTimeout(timer)
  }, [notices, id, undoable, error, held])

  return (
    <div className={style.place} role="status" aria-live="polite">
      {notice !== null && (
        <div
          key={notice.id}
          className={style.toast}
          data-testid="toast"
          data-bad={error !== null}
          onPointerEnter={() => setHeld(true)}
          onPointerLeave={() => setHeld(false)}
        >
          <span className={style.text}>
            {notice.text}
            {error !== null && `. ${sentence(error)}`}
          </span>
          {undoable && (
            <button type="button" className={style.undo} disabled={busy} onClick={() => void notices.undo()}>
              {t('edits.undo')}
            </button>
          )}
          <button
            type="button"
            className={style.close}
            aria-label={t('edits.dismiss')}
            onClick={() => {
              setHeld(false)
              notices.dismiss()
            }}
          >
            <Icon name="close" size={16} />
          </button>
        </div>
      )}
    </div>
  )
}
