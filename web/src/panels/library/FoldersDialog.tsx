import { Button } from '@mantine/core'
import { useState } from 'react'

import { type Root, scanRoot } from '../../api/imports'
import { formatCount, formatSince, t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import { FolderForm } from './FolderForm'
import style from './FoldersDialog.module.css'

interface Props {
  roots: readonly Root[]
  onScan: () => void
  onClose: () => void
}

/** The served folders: what was found in each, and a way to add one or look again. */
export function FoldersDialog({ roots, onScan, onClose }: Props) {
  const [error, setError] = useState<unknown>(null)
  const again = (root: Root): void => {
    setError(null)
    scanRoot(root.root_id).then(onScan, setError)
  }
  return (
    <Dialog title={t('folders.title')} onClose={onClose}>
      <div className={style.body}>
        <p className={style.quiet}>{roots.length === 0 ? t('folders.none') : t('folders.text')}</p>
        <ul className={style.list}>
          {roots.map((root) => (
            <li key={root.root_id} className={style.root}>
              <div className={style.facts}>
                <span className={style.path}>{root.path}</span>
                <span className={style.quiet}>{factsOf(root)}</span>
                <span className={style.quiet}>{stateOf(root)}</span>
              </div>
              <Button
                variant="default"
                size="sm"
                disabled={root.scanning}
                aria-label={t('folders.scanOf', { path: root.path })}
                onClick={() => again(root)}
              >
                {t('folders.scan')}
              </Button>
            </li>
          ))}
        </ul>
        {error !== null && <ErrorNotice compact error={error} title={t('folders.scanFailed')} />}
        <h3 className={style.heading}>{t('folders.add')}</h3>
        <FolderForm onAdded={onScan} />
      </div>
    </Dialog>
  )
}

function factsOf(root: Root): string {
  return t('folders.facts', {
    registered: formatCount(root.registered),
    unreadable: formatCount(root.unreadable),
    ignored: formatCount(root.ignored),
  })
}

function stateOf(root: Root): string {
  if (root.offline_since !== null) return t('library.offlineSince', { time: formatSince(root.offline_since) })
  if (root.scanning) return t('folders.scanning')
  return root.last_scan_at === null ? '' : t('folders.lastScan', { time: formatSince(root.last_scan_at) })
}
