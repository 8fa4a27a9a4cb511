import { t } from '../../i18n'
import type { Annotation } from '../../model/annotations/types'
import { Icon } from '../shell/icons'
import { ClassSelect } from './ClassSelect'
import { useAbilities, useAnnotations, useDocument, useNow } from './context'
import { goTo } from './look'
import { style } from './style'

/** What can be done to all selected objects at once. */
export function BulkBar() {
  const { document, viewer } = useAnnotations()
  const annotations = useDocument((state) => state.annotations)
  const selection = useDocument((state) => state.selection)
  const can = useAbilities()
  const now = useNow()
  const chosen = [...selection].map((id) => annotations.get(id)).filter((one): one is Annotation => one !== undefined)
  const mine = chosen.filter((one) => document.mayChange(one))
  const locked = chosen.filter((one) => one.locked)
  const change = (some: readonly Annotation[], patch: Parameters<typeof document.change>[1]): void =>
    document.changeMany(some.map((one) => ({ id: one.annotation_id, patch })))
  const first = chosen[0]
  const sameClass = chosen.every((one) => one.class_id === first?.class_id) ? (first?.class_id ?? null) : undefined
  return (
    <section className={style.bulk} aria-label={t('annotations.selected')}>
      <p role="status">
        {t('annotations.selectedCount', { count: chosen.length })}
        {mine.length < chosen.length && now && can.draw && ` · ${t('annotations.changeable', { count: mine.length })}`}
      </p>
      {now && can.draw && (
        <>
          <ClassSelect label={t('annotations.classOfAll')} value={sameClass} disabled={mine.length === 0} onChange={(class_id) => change(mine, { class_id })} />
          <button type="button" className={style.icon} title={t('annotations.lockAll')} aria-label={t('annotations.lockAll')} disabled={mine.length === 0} onClick={() => change(mine, { locked: true })}>
            <Icon name="lock" />
          </button>
          {locked.length > 0 && (
            <button type="button" className={style.link} onClick={() => change(locked, { locked: false })}>
              {t('annotations.unlockAll')}
            </button>
          )}
          <button type="button" className={style.link} disabled={mine.length === 0} onClick={() => change(mine, { review: 'in_review' })}>
            {t('annotations.askReview')}
          </button>
          {can.edit && (
            <button type="button" className={style.link} onClick={() => change(chosen, { review: 'approved' })}>
              {t('annotations.approve')}
            </button>
          )}
        </>
      )}
      <button type="button" className={style.link} onClick={() => goTo(viewer, chosen.map((one) => one.geometry))}>
        {t('annotations.showOnSlide')}
      </button>
      <button type="button" className={style.link} onClick={() => document.select([])}>
        {t('annotations.selectNone')}
      </button>
      {now && can.draw && (
        <button
          type="button"
          className={style.icon}
          data-danger
          title={t('annotations.deleteAll')}
          aria-label={t('annotations.deleteAll')}
          disabled={mine.length === 0}
          onClick={() => document.remove(mine.map((one) => one.annotation_id))}
        >
          <Icon name="trash" />
        </button>
      )}
    </section>
  )
}
