import { formatCount, t } from '../../i18n'
import { countsByClass, rowsOf } from '../../model/annotations/measures'
import type { PixelSize } from '../../model/slide'
import { useDocument } from './context'
import { areaText, type ObjectRow } from './objects'
import { style } from './style'

/** How many objects each class has, and their area. */
export function ClassTotals({ rows, size }: { rows: readonly ObjectRow[]; size: PixelSize | null }) {
  const classes = useDocument((state) => state.classes)
  const layers = useDocument((state) => state.layers)
  const counts = countsByClass(rowsOf(rows.map((row) => row.one), { classes, layers }, size))
  return (
    <table className={style['totals']}>
      <thead>
        <tr>
          <th scope="col">{t('annotations.column.class')}</th>
          <th scope="col">{t('annotations.column.count')}</th>
          <th scope="col">{t('annotations.column.area')}</th>
        </tr>
      </thead>
      <tbody>
        {counts.map((one) => (
          <tr key={one.class_id ?? ''}>
            <th scope="row">{one.name}</th>
            <td>{formatCount(one.count)}</td>
            <td>{one.area === 0 ? '' : areaText(one.area, size)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
