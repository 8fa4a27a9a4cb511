import { useEffect, useState } from 'react'

import { formatNumber } from '../../i18n'
import type { ColumnStatistics } from '../../viewer/results/messages'
import type { ObjectsState, ResultObjects } from '../../viewer/results/objects'

/** After the picture: it is what one looks at while a slider moves. */
const AFTER_MS = 80

/** Counts and histograms of these columns, kept up with the filter; columns that the browser lacks are fetched. */
export function useFigures(layer: ResultObjects, state: ObjectsState, names: readonly string[]): ReadonlyMap<string, ColumnStatistics> {
  const [figures, setFigures] = useState<ReadonlyMap<string, ColumnStatistics>>(new Map())
  const wanted = names.join('\n')
  const { columns, shown, filter } = state
  useEffect(() => {
    let stopped = false
    const asked = wanted === '' ? [] : wanted.split('\n')
    for (const name of asked) void layer.need(name)
    const timer = setTimeout(() => {
      layer.figures(asked).then(
        (found) => {
          if (!stopped) setFigures(new Map(found.map((one) => [one.name, one])))
        },
        () => undefined,
      )
    }, AFTER_MS)
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [layer, wanted, columns, shown, filter])
  return figures
}

/** A measured value with as many digits as anybody reads. */
export function formatValue(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '–' : formatNumber(Number(value.toPrecision(4)), 6)
}
