import { formatCount, t } from '../../i18n'
import { type ListQuery, selectionOf } from '../../model/list/query'
import style from './FilterMenu.module.css'
import bar from './ListToolbar.module.css'
import { useCounts } from './useCounts'

const LEAST = [5, 4, 3, 2, 1] as const

interface Props {
  query: ListQuery
  onChange: (least: number | null) => void
}

/** At least so many stars. */
export function RatingFilter({ query, onChange }: Props) {
  const counts = useCounts(LEAST.map((rating) => selectionOf({ ...query, rating })))
  return (
    <fieldset className={style.section}>
      <legend className={style.legend}>{t('filter.rating')}</legend>
      <div className={style.choices}>
        {LEAST.map((least, index) => (
          <label key={least} className={bar.choice}>
            <input
              type="checkbox"
              checked={query.rating === least}
              onChange={() => onChange(query.rating === least ? null : least)}
            />
            <span className={bar.choiceName}>{t('filter.least', { count: least })}</span>
            <span className={bar.count}>{formatCount(counts[index] ?? 0)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
