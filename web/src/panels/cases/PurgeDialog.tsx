import { Button } from '@mantine/core'
import { useState } from 'react'

import { type Purged, type TrashItem, purgeTrash } from '../../api/trash'
import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import style from './dialogs.module.css'

interface Props {
  /** What to delete; null empties the trash. */
  item: TrashItem | null
  /** How many slides the whole trash holds. */
  total: number
  onDone: (purged: Purged) => void
  onClose: () => void
}

/** The last question before something is gone: it says how much that is. */
export function PurgeDialog({ item, total, onDone, onClose }: Props) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const purge = (): void => {
    setBusy(true)
    setError(null)
    purgeTrash(item === null ? null : [item.object_id]).then(onDone, (failure: unknown) => {
      setBusy(false)
      setError(failure)
    })
  }
  const count = item === null ? total : item.slide_count
  return (
    <Dialog
      title={item?.kind === 'slide' || (item !== null && count === 0) ? t('trash.purgeOne', { name: item.name }) : t('trash.purgeSlides', { count })}
      onClose={onClose}
    >
      <div className={style.form}>
        {item !== null && item.kind !== 'slide' && count > 0 && (
          <p className={style.strong}>{t('trash.purgeWith', { name: item.name, count })}</p>
        )}
        <p className={style.plain}>{t('trash.purgeText')}</p>
        {error !== null && <ErrorNotice compact error={error} title={t('trash.purgeFailed')} />}
        <div className={style.foot}>
          <Button variant="default" data-autofocus onClick={onClose}>
            {t('trash.purgeNo')}
          </Button>
          <Button className={style.danger} loading={busy} onClick={purge}>
            {t('trash.purgeYes')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

/** What was deleted and what had to stay, in words. */
export function purgedText(purged: Purged): string {
  const said = [
    purged.slides > 0 && t('trash.purged', { count: purged.slides }),
    purged.cases > 0 && t('trash.purgedCases', { count: purged.cases }),
    purged.projects > 0 && t('trash.purgedProjects', { count: purged.projects }),
    purged.in_place > 0 && t('trash.inPlace', { count: purged.in_place }),
    purged.copied > 0 && t('trash.copied', { count: purged.copied }),
  ].filter((part) => part !== false)
  return said.length === 0 ? t('trash.nothingPurged') : said.join(' ')
}
