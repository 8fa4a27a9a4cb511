import { ActionIcon } from '@mantine/core'
import { useState } from 'react'

import { t } from '../../i18n'
import type { UploadItem } from '../../model/upload/queue'
import { Icon } from '../shell/icons'
import { UnfinishedRow } from './UnfinishedRow'
import { UploadRow } from './UploadRow'
import style from './Uploads.module.css'
import type { Unfinished } from './useUnfinished'

interface Props {
  items: readonly UploadItem[]
  unfinished: readonly Unfinished[]
  onForgotten: (one: Unfinished) => void
}

/** The uploads in a corner of the page; nothing while there are none. */
export function UploadTray({ items, unfinished, onForgotten }: Props) {
  const [small, setSmall] = useState(false)
  const count = items.length + unfinished.length
  if (count === 0) return null
  const done = items.filter((item) => item.state === 'done')
  return (
    <aside className={style.tray} aria-label={t('upload.tray')}>
      <header className={style.trayHead}>
        <h2 className={style.trayTitle}>{t('upload.summary', { count })}</h2>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={44}
          aria-label={small ? t('upload.show') : t('upload.hide')}
          aria-expanded={!small}
          onClick={() => setSmall(!small)}
        >
          <Icon name={small ? 'up' : 'down'} />
        </ActionIcon>
      </header>
      {!small && (
        <ul className={style.rows}>
          {items.map((item) => (
            <UploadRow key={item.key} item={item} />
          ))}
          {unfinished.map((one) => (
            <UnfinishedRow key={one.group} one={one} onForgotten={() => onForgotten(one)} />
          ))}
        </ul>
      )}
      <p className="cs-unseen" role="status">
        {done.map((item) => t('upload.announced', { name: item.name })).join(' ')}
      </p>
    </aside>
  )
}
