import { useEffect, useSyncExternalStore } from 'react'

import { t } from '../../i18n'
import { opened } from '../../model/opened'
import style from './OpenedDot.module.css'

/** A dot on a slide that the person has opened before. */
export function OpenedDot({ slideId }: { slideId: string }) {
  const there = useSyncExternalStore(opened.state.subscribe, () => opened.has(slideId))
  useEffect(() => opened.wonder(slideId), [slideId])
  if (!there) return null
  return <span className={style.dot} role="img" aria-label={t('memory.opened')} title={t('memory.opened')} />
}
