import { ActionIcon } from '@mantine/core'
import { useState } from 'react'

import type { Stop, StopIn } from '../../api/boards'
import { identity } from '../../api/identity'
import { thumbnailUrl } from '../../api/slides'
import { t } from '../../i18n'
import { knownDetail } from '../../model/details'
import form from '../shell/Form.module.css'
import { Icon } from '../shell/icons'
import { Link } from '../shell/Link'
import small from '../shell/Small.module.css'
import { useStore } from '../shell/useStore'
import style from './Boards.module.css'

interface Props {
  stop: Stop
  number: number
  last: boolean
  mayChange: boolean
  /** Where presenting begins with this stop. */
  present: string
  onMove: (by: 1 | -1) => void
  onRemove: () => void
  onChange: (change: Pick<StopIn, 'note' | 'hide_identity'>) => void
}

/** One stop of a board: what it shows, its note, its place. */
export function StopRow({ stop, number, last, mayChange, present, onMove, onRemove, onChange }: Props) {
  return (
    <li className={style.stop}>
      <div className={style.pictures}>
        {stop.panes.map((pane, i) => (
          // Two panes may show one slide.
          <img key={`${pane.slide_id} ${i}`} className={style.picture} src={pictureOf(pane.slide_id)} alt={stop.slide_names[i] ?? ''} loading="lazy" />
        ))}
      </div>
      <div className={style.facts}>
        <span className={style.title}>{stop.case_name ?? t('board.stop', { number })}</span>
        {stop.hidden ? (
          <p className={form.quiet}>{t('board.stopHidden')}</p>
        ) : (
          <>
            <span className={small.quiet}>{stop.slide_names.join(', ')}</span>
            <Note stop={stop} mayChange={mayChange} onChange={onChange} />
            <label className={form.check}>
              <input
                type="checkbox"
                checked={stop.hide_identity}
                disabled={!mayChange}
                onChange={(event) => onChange({ hide_identity: event.currentTarget.checked })}
              />
              {t('board.hideIdentity')}
            </label>
            <Link href={present} className={small.link}>{t('board.presentHere')}</Link>
          </>
        )}
      </div>
      {mayChange && (
        <div className={style.ways}>
          <ActionIcon variant="default" size="lg" disabled={number === 1} aria-label={t('board.up', { number })} onClick={() => onMove(-1)}>
            <Icon name="up" />
          </ActionIcon>
          <ActionIcon variant="default" size="lg" disabled={last} aria-label={t('board.down', { number })} onClick={() => onMove(1)}>
            <Icon name="down" />
          </ActionIcon>
          <ActionIcon variant="default" size="lg" aria-label={t('board.remove', { number })} onClick={onRemove}>
            <Icon name="trash" />
          </ActionIcon>
        </div>
      )}
    </li>
  )
}

function Note({ stop, mayChange, onChange }: Pick<Props, 'stop' | 'mayChange' | 'onChange'>) {
  const [note, setNote] = useState(stop.note)
  // Names are taken out of what is shown then: written back, they would be lost.
  const hidden = useStore(identity)
  if (!mayChange || hidden) {
    return (
      <>
        {stop.note !== '' && <p className={form.text}>{stop.note}</p>}
        {mayChange && <p className={form.quiet}>{t('board.noteHidden')}</p>}
      </>
    )
  }
  return (
    <textarea
      value={note}
      maxLength={4000}
      aria-label={t('board.note')}
      placeholder={t('board.note')}
      onChange={(event) => setNote(event.currentTarget.value)}
      onBlur={() => {
        if (note !== stop.note) onChange({ note })
      }}
    />
  )
}

function pictureOf(slideId: string): string {
  return thumbnailUrl(slideId, knownDetail(slideId)?.version ?? null, 256)
}
