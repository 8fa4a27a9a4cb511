import { t } from '../../i18n'
import { classColumn, columnOf, NO_CATEGORY } from '../../model/results/columns'
import type { Picked } from '../../viewer/results/messages'
import type { ResultObjects } from '../../viewer/results/objects'
import { formatValue } from './figures'

/** What is written beside the pointer: the class of the object and the value that colours it. */
export function describeWith(layer: ResultObjects, picked: Picked): string {
  const { info, look } = layer.state.get()
  const columns = info?.columns ?? []
  const coloured = look.colouring.kind === 'plain' ? null : columnOf(columns, look.colouring.column)
  const said = [classColumn(columns), coloured].filter((column, i, all) => column !== null && all.indexOf(column) === i)
  return said
    .flatMap((column) => {
      const value = column === null ? undefined : picked.values[column.name]
      if (column === null || value === undefined) return []
      if (column.kind === 'number') return [`${column.name}: ${Number.isNaN(value) ? t('results.noValue') : formatValue(value)}`]
      return [value === NO_CATEGORY ? t('results.noCategory') : (column.categories[value]?.name ?? '')]
    })
    .join('\n')
}
