import { type SyntheticEvent, useState } from 'react'

import type { SavedView } from '../../api/views'
import { t } from '../../i18n'
import { CopyLink } from './CopyLink'
import { Icon } from '../shell/icons'
import style from './ViewsMenu.module.css'

interface Props {
  view: SavedView
  active: boolean
  onOpen: () => void
  onChange: (patch: { name?: string; shared?: boolean }) => Promise<boolean>
  onDelete: () => Promise<boolean>
}

/** One saved view: its name opens it, the button beside it shows what else can be done. */
export function ViewRow({ view, active, onOpen, onChange, onDelete }: Props) {
  const [more, setMore] = useState(false)
  const [name, setName] = useState(view.name)
  const rename = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (name.trim() === '') return
    void onChange({ name: name.trim() }).then((done) => {
      if (done) setMore(false)
    })
  }
  return (
    <li className={style.view}>
      <div className={style.row}>
        <button type="button" className={style.open} aria-current={active ? 'true' : undefined} onClick={onOpen}>
          <span className={style.viewName}>{view.name}</span>
          {view.shared && (
            <span className={style.shared}>
              {view.mine ? t('views.shared') : `${t('views.shared')} · ${view.author}`}
            </span>
          )}
        </button>
        <button
          type="button"
          className={style.more}
          aria-label={t('views.more', { name: view.name })}
          aria-expanded={more}
          onClick={() => setMore(!more)}
        >
          <Icon name="more" size={16} />
        </button>
      </div>
      {more && (
        <div className={style.tools}>
          {view.mine && (
            <form className={style.rename} onSubmit={rename}>
              <input
                className={style.name}
                aria-label={t('views.name')}
                value={name}
                maxLength={200}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <button type="submit" className={style.submit}>
                {t('views.rename')}
              </button>
            </form>
          )}
          <div className={style.buttons}>
            <CopyLink address={`/?view=${encodeURIComponent(view.view_id)}`} />
            {view.mine && (
              <>
                <button type="button" className={style.tool} onClick={() => void onChange({ shared: !view.shared })}>
                  {t(view.shared ? 'views.unshare' : 'views.share')}
                </button>
                <button type="button" className={style.tool} onClick={() => void onDelete()}>
                  {t('views.delete')}
                </button>
              </>
            )}
          </div>
        </div>
      )}
    </li>
  )
}
