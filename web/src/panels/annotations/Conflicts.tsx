import { formatSince, t } from '../../i18n'
import { useAnnotations, useDocument } from './context'
import { goTo } from './look'
import { nameOf } from './objects'
import { style } from './style'

/** Outlines that two people changed at once: both are on the slide, dashed, until somebody chooses. */
export function Conflicts() {
  const { document, viewer } = useAnnotations()
  const conflicts = useDocument((state) => state.conflicts)
  if (conflicts.length === 0) return null
  return (
    <section className={style.conflicts} aria-label={t('annotations.conflicts')}>
      <h3 role="alert">{t('annotations.conflictCount', { count: conflicts.length })}</h3>
      <ul>
        {conflicts.map((one) => (
          <li key={one.conflict_id}>
            <button type="button" className={style.link} onClick={() => goTo(viewer, [one.mine.geometry, one.theirs.geometry])}>
              {nameOf(one.original)}
            </button>
            <p className={style.quiet}>
              {t('annotations.conflictText', { mine: one.mine_name, theirs: one.theirs_name, when: formatSince(one.variant.created_at) })}
            </p>
            <div className={style.acts}>
              <button type="button" className={style.act} onClick={() => document.keep(one, 'mine')}>
                {t('annotations.keepMine')}
              </button>
              <button type="button" className={style.act} onClick={() => document.keep(one, 'theirs')}>
                {t('annotations.keepTheirs', { name: one.theirs_name })}
              </button>
              <button type="button" className={style.act} onClick={() => document.keep(one, 'both')}>
                {t('annotations.keepBoth')}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
