import type { SlideState, SlideSummary } from '../../api/slides'
import { formatSince, t } from '../../i18n'
import { Icon, type IconName } from '../shell/icons'
import style from './StateNote.module.css'

const ICONS: Record<SlideState, IconName | null> = {
  ready: null,
  registering: 'clock',
  arriving: 'clock',
  unreadable: 'warning',
  missing: 'warning',
  suspect: 'warning',
}

type Facts = Pick<SlideSummary, 'state' | 'offline_since'>

/** The state of a slide in a word and a sign, never by colour alone; nothing for a slide that is simply ready. */
export function StateNote({ slide, always = false }: { slide: Facts; always?: boolean }) {
  if (slide.offline_since !== null) {
    return (
      <span className={style.wait}>
        <Icon name="offline" size={14} />
        {t('library.offlineSince', { time: formatSince(slide.offline_since) })}
      </span>
    )
  }
  const icon = ICONS[slide.state]
  if (icon === null) return always ? <span className={style.plain}>{t(`state.${slide.state}`)}</span> : null
  return (
    <span className={icon === 'clock' ? style.wait : style.bad}>
      <Icon name={icon} size={14} />
      {t(`state.${slide.state}`)}
    </span>
  )
}
