import { type ReactNode, useState } from 'react'

import { EXPORT_FORMATS, exportAddress } from '../../api/results'
import { t } from '../../i18n'
import { type ColourMap, COLOUR_MAPS, mapGradient } from '../../model/results/colouring'
import { type Column, columnOf, type NumberColumn, type ResultInfo } from '../../model/results/columns'
import { isFiltered, NO_FILTER, withRange } from '../../model/results/filters'
import type { ObjectsState, ResultObjects } from '../../viewer/results/objects'
import { Disclosure } from '../shell/Disclosure'
import { Icon } from '../shell/icons'
import inputs from '../shell/Input.module.css'
import small from '../shell/Small.module.css'
import piece from '../viewer/pieces.module.css'
import { Categories } from './Categories'
import { formatValue, useFigures } from './figures'
import { RangeFilter } from './RangeFilter'
import style from './results.module.css'

interface Props {
  layer: ResultObjects
  state: ObjectsState
  info: ResultInfo
  lassoing: boolean
  onLasso: () => void
}

/** Everything that can be chosen of one result layer. */
export function ObjectSettings({ layer, state, info, lassoing, onLasso }: Props) {
  const [added, setAdded] = useState<readonly string[]>([])
  const { look, filter } = state
  const colouredBy = look.colouring.kind === 'plain' ? '' : look.colouring.column
  const ranged = [...new Set([...filter.ranges.map((one) => one.column), ...added])]
  const words = info.columns.filter((column) => column.kind === 'category')
  const wanted = [...words.map((one) => one.name), ...ranged, ...(look.colouring.kind === 'number' ? [colouredBy] : [])]
  const figures = useFigures(layer, state, [...new Set(wanted)])
  const remove = (name: string) => {
    setAdded(added.filter((one) => one !== name))
    layer.setFilter(withRange(filter, name, null))
  }
  return (
    <div className={style.settings}>
      <ColourBy layer={layer} state={state} columns={info.columns} />
      {words.map((column) => (
        <section key={column.name}>
          <h4>{column.name}</h4>
          <Categories layer={layer} state={state} column={column} figures={figures.get(column.name)} />
        </section>
      ))}
      {ranged.map((name) => {
        const column = columnOf(info.columns, name)
        return (
          column?.kind === 'number' && (
            <Range key={name} name={name} onRemove={() => remove(name)}>
              <RangeFilter
                column={column}
                figures={figures.get(name)}
                {...rangeOf(state, column)}
                onChange={(low, high) => layer.setFilter(withRange(filter, name, isWhole(column, low, high) ? null : { low, high }))}
              />
            </Range>
          )
        )
      })}
      <div className={style.row}>
        <AddFilter columns={info.columns} taken={ranged} onAdd={(name) => setAdded([...added, name])} />
        {isFiltered(filter) && (
          <button type="button" className={piece.textButton} onClick={() => layer.setFilter(NO_FILTER)}>
            {t('results.filterClear')}
          </button>
        )}
      </div>
      <div className={style.row}>
        <button type="button" className={small.act} aria-pressed={lassoing} onClick={onLasso}>
          {t('results.lasso')}
        </button>
        <Disclosure face={t('results.export')} label={t('results.export')} className={small.act}>
          {(close) => (
            <div className={style.exports}>
              <p className={small.quiet}>{t('results.exportHint')}</p>
              {EXPORT_FORMATS.map((format) => (
                <a key={format} href={exportAddress(layer.address, format)} download onClick={close}>
                  {t(`results.exportAs.${format}`)}
                </a>
              ))}
            </div>
          )}
        </Disclosure>
      </div>
      {lassoing && <p className={small.quiet}>{t('results.lassoHint')}</p>}
    </div>
  )
}

function rangeOf(state: ObjectsState, column: NumberColumn): { low: number; high: number } {
  const range = state.filter.ranges.find((one) => one.column === column.name)
  return { low: range?.low ?? column.min ?? 0, high: range?.high ?? column.max ?? 0 }
}

/** A range that leaves nothing out is no filter: objects without a value are shown again, too. */
function isWhole(column: NumberColumn, low: number, high: number): boolean {
  return low <= (column.min ?? 0) && high >= (column.max ?? 0)
}

function Range({ name, onRemove, children }: { name: string; onRemove: () => void; children: ReactNode }) {
  return (
    <section>
      <div className={style.head}>
        <h4>{name}</h4>
        <button type="button" className={small.icon} aria-label={t('results.filterRemove', { name })} title={t('results.filterRemove', { name })} onClick={onRemove}>
          <Icon name="close" size={14} />
        </button>
      </div>
      {children}
    </section>
  )
}

function AddFilter({ columns, taken, onAdd }: { columns: readonly Column[]; taken: readonly string[]; onAdd: (name: string) => void }) {
  const left = columns.filter((column) => column.kind === 'number' && column.min !== null && !taken.includes(column.name))
  if (left.length === 0) return null
  return (
    <select
      className={inputs.small}
      aria-label={t('results.filterAddLabel')}
      value=""
      onChange={(event) => onAdd(event.currentTarget.value)}
    >
      <option value="" disabled>
        {t('results.filterAdd')}
      </option>
      {left.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

function ColourBy({ layer, state, columns }: { layer: ResultObjects; state: ObjectsState; columns: readonly Column[] }) {
  const { colouring, fill, outline } = state.look
  return (
    <section>
      <label className={style.field}>
        <span>{t('results.colourBy')}</span>
        <select
          className={inputs.small}
          value={colouring.kind === 'plain' ? '' : colouring.column}
          onChange={(event) => layer.colourBy(event.currentTarget.value === '' ? null : event.currentTarget.value)}
        >
          <option value="">{t('results.colourPlain')}</option>
          {columns.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {colouring.kind === 'plain' && (
        <input
          type="color"
          className={style.colour}
          value={colouring.colour}
          aria-label={t('results.colourPlain')}
          onChange={(event) => layer.setLook({ colouring: { kind: 'plain', colour: event.currentTarget.value } })}
        />
      )}
      {colouring.kind === 'number' && (
        <>
          <label className={style.field}>
            <span>{t('results.colourMap')}</span>
            <select
              className={inputs.small}
              value={colouring.map}
              onChange={(event) => layer.setLook({ colouring: { ...colouring, map: event.currentTarget.value as ColourMap } })}
            >
              {COLOUR_MAPS.map((map) => (
                <option key={map} value={map}>
                  {t(`results.map.${map}`)}
                </option>
              ))}
            </select>
          </label>
          <div role="img" aria-label={t('results.legend', { name: colouring.column })} className={style.legend} style={{ background: mapGradient(colouring.map) }} />
          <div className={style.ends}>
            <span>{formatValue(colouring.low)}</span>
            <span>{formatValue(colouring.high)}</span>
          </div>
        </>
      )}
      <div className={style.row}>
        <label className={style.check}>
          <input type="checkbox" checked={outline} onChange={(event) => layer.setLook({ outline: event.currentTarget.checked })} />
          {t('results.outline')}
        </label>
        <label className={style.check}>
          <input type="checkbox" checked={fill} onChange={(event) => layer.setLook({ fill: event.currentTarget.checked })} />
          {t('results.fill')}
        </label>
      </div>
    </section>
  )
}
