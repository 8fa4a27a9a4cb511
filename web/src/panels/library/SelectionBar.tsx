import type { ReactNode } from 'react'

import { t } from '../../i18n'
import { Icon, type IconName } from '../shell/icons'
import { KEYS } from './keys'
import style from './SelectionBar.module.css'

interface Props {
  count: number
  /** What one may do with every one of them. */
  may: { edit: boolean; manage: boolean }
  /** The stars of all of them. */
  stars: ReactNode
  onEdit: () => void
  onMove: () => void
  onCopy: () => void
  /** Null without the right, and while names are hidden: a download shows its file names where no page can hide them. */
  onDownload: (() => void) | null
  onTrash: () => void
  onClear: () => void
}

/** What one does with the selected slides, above the list as long as some are selected. */
export function SelectionBar({ count, may, stars, onEdit, onMove, onCopy, onDownload, onTrash, onClear }: Props) {
  return (
    <div className={style.bar} role="toolbar" aria-label={t('picks.bar')}>
      <span className={style.count} role="status">
        {t('picks.count', { count })}
      </span>
      {may.edit && (
        <>
          <Action icon="edit" name={t('picks.edit')} hint={KEYS.edit} onClick={onEdit} />
          <span className={style.stars}>{stars}</span>
        </>
      )}
      {may.manage && <Action icon="move" name={t('picks.move')} hint={KEYS.move} onClick={onMove} />}
      {may.edit && <Action icon="copy" name={t('picks.copy')} onClick={onCopy} />}
      {onDownload !== null && <Action icon="download" name={t('picks.download')} onClick={onDownload} />}
      {may.manage && <Action icon="trash" name={t('picks.trash')} hint="Del" onClick={onTrash} />}
      <button type="button" className={style.clear} aria-label={t('picks.clear')} title={t('picks.clear')} onClick={onClear}>
        <Icon name="close" size={16} />
      </button>
    </div>
  )
}

interface ActionProps {
  icon: IconName
  name: string
  hint?: string
  onClick: () => void
}

function Action({ icon, name, hint, onClick }: ActionProps) {
  return (
    <button type="button" className={style.action} aria-label={name} title={name} data-hint={hint} onClick={onClick}>
      <Icon name={icon} size={16} />
      <span className={style.word}>{name}</span>
    </button>
  )
}
