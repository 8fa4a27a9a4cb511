import { formatCount, formatNumber, t } from '../../i18n'
import type { Column } from '../../model/results/columns'
import type { Circled } from '../../viewer/results/scene'
import { ErrorNotice } from '../shell/ErrorNotice'
import small from '../shell/Small.module.css'
import piece from '../viewer/pieces.module.css'
import { formatValue } from './figures'
import style from './results.module.css'

interface Props {
  circled: Circled
  selected: number
  /** Of the selected ones, those that pass the filter. */
  shown: number
  columns: readonly Column[]
  onClear: () => void
}

/** What lies in the circled region: how many, how dense, and what the measurements come to. */
export function RegionCard({ circled, selected, shown, columns, onClear }: Props) {
  const { summary, problem } = circled
  const measured = columns.filter((column) => column.kind === 'number' && (summary?.columns[column.name]?.count ?? 0) > 0)
  return (
    <section className={style.card} aria-label={t('results.region')}>
      <div className={style.head}>
        <h4>{t('results.region')}</h4>
        <button type="button" className={piece.textButton} onClick={onClear}>
          {t('results.regionClear')}
        </button>
      </div>
      {problem !== null && <ErrorNotice error={problem} title={t('results.regionFailed')} compact />}
      {problem === null && summary === null && <p className={small.quiet}>{t('results.regionAsking')}</p>}
      {summary !== null && (
        <>
          <dl className={style.facts} aria-live="polite">
            <Fact name={t('results.regionObjects')} value={formatCount(summary.count)} />
            {shown !== selected && <Fact name={t('results.regionShown')} value={formatCount(shown)} />}
            {summary.area_mm2 !== null && <Fact name={t('results.regionArea')} value={t('results.mm2', { value: formatNumber(summary.area_mm2, 4) })} />}
            {summary.density_per_mm2 !== null && (
              <Fact name={t('results.regionDensity')} value={t('results.perMm2', { value: formatValue(summary.density_per_mm2) })} />
            )}
            {Object.entries(summary.classes).map(([name, count]) => (
              <Fact key={name} name={name === '' ? t('results.noCategory') : name} value={formatCount(count)} />
            ))}
          </dl>
          {measured.length > 0 && (
            <div className={style.tableBox}>
              <table className={style.table}>
                <thead>
                  <tr>
                    <th scope="col">{t('results.regionMeasure')}</th>
                    <th scope="col">{t('results.regionMean')}</th>
                    <th scope="col">{t('results.regionSd')}</th>
                    <th scope="col">{t('results.regionMin')}</th>
                    <th scope="col">{t('results.regionMax')}</th>
                  </tr>
                </thead>
                <tbody>
                  {measured.map(({ name }) => {
                    const of = summary.columns[name]
                    return (
                      <tr key={name}>
                        <th scope="row">{name}</th>
                        {[of?.mean, of?.sd, of?.min, of?.max].map((value, i) => (
                          <td key={i}>{formatValue(value ?? null)}</td>
                        ))}
                      </tr>
                    )
                  })}
                </tbody>
              </table>
            </div>
          )}
        </>
      )}
    </section>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
