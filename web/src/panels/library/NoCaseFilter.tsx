import { formatCount, t } from '../../i18n'
import { type ListQuery, selectionOf } from '../../model/list/query'
import style from './FilterMenu.module.css'
import bar from './ListToolbar.module.css'
import { useCounts } from './useCounts'

interface Props {
  query: ListQuery
  onChange: (noCase: boolean) => void
}

/** Slides that nobody put into a case yet. */
export function NoCaseFilter({ query, onChange }: Props) {
  const [count = 0] = useCounts([selectionOf({ ...query, noCase: true })])
  return (
    <fieldset className={style.section}>
      <legend className={style.legend}>{t('filter.case')}</legend>
      <div className={style.choices}>
        <label className={bar.choice}>
          <input type="checkbox" checked={query.noCase} onChange={() => onChange(!query.noCase)} />
          <span className={bar.choiceName}>{t('filter.noCase')}</span>
          <span className={bar.count}>{formatCount(count)}</span>
        </label>
      </div>
    </fieldset>
  )
}
