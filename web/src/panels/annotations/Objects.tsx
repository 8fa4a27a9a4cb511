import { useMemo, useState } from 'react'

import { saveBlob } from '../../api/exports'
import { formatCount, t } from '../../i18n'
import { measuresCsv, rowsOf as measureRows } from '../../model/annotations/measures'
import { pixelSize } from '../../model/slide'
import { Icon } from '../shell/icons'
import input from '../shell/Input.module.css'
import { BulkBar } from './BulkBar'
import { ClassTotals } from './ClassTotals'
import { rowsOf as treeOf } from './classTree'
import { useAbilities, useAnnotations, useDocument } from './context'
import { csvName, filtered, NO_FILTER, REVIEWS, rowsOf, type Sort, sorted } from './objects'
import { ObjectTable } from './ObjectTable'
import { Properties } from './Properties'
import { TimeNote } from './TimeNote'
import { style } from './style'

/** All objects in a table, what is selected of them below it. */
export function Objects() {
  const { slide } = useAnnotations()
  const annotations = useDocument((state) => state.annotations)
  const classes = useDocument((state) => state.classes)
  const layers = useDocument((state) => state.layers)
  const selection = useDocument((state) => state.selection)
  const can = useAbilities()
  const [filter, setFilter] = useState(NO_FILTER)
  const [sort, setSort] = useState<Sort>({ field: 'changed', down: true })
  const [totals, setTotals] = useState(false)
  const { mpp_x: mppX, mpp_y: mppY } = slide
  const size = useMemo(() => pixelSize({ mpp_x: mppX, mpp_y: mppY }), [mppX, mppY])
  const rows = useMemo(() => rowsOf(annotations.values(), classes, size), [annotations, classes, size])
  const shown = useMemo(() => sorted(filtered(rows, filter), sort), [rows, filter, sort])
  const narrowed = filter !== NO_FILTER && shown.length < rows.length
  const only = selection.size === 1 ? annotations.get([...selection][0] ?? '') : undefined
  const save = (): void => {
    const text = measuresCsv(measureRows(shown.map((row) => row.one), { classes, layers }, size), size)
    saveBlob(new Blob([text], { type: 'text/csv;charset=utf-8' }), csvName(slide.name))
  }
  if (rows.length === 0) {
    return (
      <>
        <TimeNote />
        <div className={style.empty}>
          <Icon name="edit" size={28} />
          <p>{t('annotations.none')}</p>
          <p className={style.quiet}>{can.draw ? t('annotations.noneDraw') : t('annotations.noneLook')}</p>
        </div>
      </>
    )
  }
  return (
    <>
      <TimeNote />
      <div className={style.filters}>
        <input
          type="search"
          className={input.small}
          aria-label={t('annotations.filterWords')}
          placeholder={t('annotations.filterWords')}
          value={filter.words}
          onChange={(event) => setFilter({ ...filter, words: event.currentTarget.value })}
        />
        <select
          className={input.small}
          aria-label={t('annotations.filterClass')}
          value={filter.classId ?? '*'}
          onChange={(event) => {
            const { value } = event.currentTarget
            setFilter({ ...filter, classId: value === '*' ? null : value })
          }}
        >
          <option value="*">{t('annotations.allClasses')}</option>
          <option value="">{t('annotations.noClass')}</option>
          {treeOf([...classes.values()]).map(({ one, depth }) => (
            <option key={one.class_id} value={one.class_id}>
              {`${'\u2003'.repeat(depth)}${one.name}`}
            </option>
          ))}
        </select>
        <select
          className={input.small}
          aria-label={t('annotations.filterReview')}
          value={filter.review ?? '*'}
          onChange={(event) => setFilter({ ...filter, review: REVIEWS.find((one) => one === event.currentTarget.value) ?? null })}
        >
          <option value="*">{t('annotations.allStates')}</option>
          {REVIEWS.map((one) => (
            <option key={one} value={one}>
              {t(`annotations.review.${one}`)}
            </option>
          ))}
        </select>
      </div>
      <div className={style.count}>
        <span role="status">
          {narrowed
            ? t('annotations.someOf', { count: rows.length, shown: formatCount(shown.length) })
            : t('annotations.objects', { count: rows.length })}
        </span>
        <button type="button" className={style.link} aria-expanded={totals} onClick={() => setTotals(!totals)}>
          {t('annotations.totals')}
        </button>
        <button type="button" className={style.link} onClick={save}>
          {t('annotations.csv')}
        </button>
      </div>
      {totals && <ClassTotals rows={shown} size={size} />}
      {shown.length === 0 ? (
        <div className={style.empty}>
          <p>{t('annotations.nothingFits')}</p>
          <button type="button" className={style.link} onClick={() => setFilter(NO_FILTER)}>
            {t('annotations.showAll')}
          </button>
        </div>
      ) : (
        <ObjectTable rows={shown} size={size} sort={sort} onSort={setSort} />
      )}
      {selection.size > 1 && <BulkBar />}
      {only !== undefined && <Properties key={only.annotation_id} one={only} size={size} />}
    </>
  )
}
