import { formatCount, t } from '../../i18n'
import type { PixelSize } from '../../model/slide'
import { areaText, type ObjectRow } from './objects'
import { totalsOf } from './table'
import style from './panel.module.css'

/** How many objects each class has, and their area. */
export function ClassTotals({ rows, size }: { rows: readonly ObjectRow[]; size: PixelSize | null }) {
  return (
    <table className={style.totals}>
      <thead>
        <tr>
          <th scope="col">{t('annotations.column.class')}</th>
          <th scope="col">{t('annotations.column.count')}</th>
          <th scope="col">{t('annotations.column.area')}</th>
        </tr>
      </thead>
      <tbody>
        {totalsOf(rows).map((one) => (
          <tr key={one.className}>
            <th scope="row">{one.className === '' ? t('annotations.noClass') : one.className}</th>
            <td>{formatCount(one.count)}</td>
            <td>{one.area === 0 ? '' : areaText(one.area, size)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
