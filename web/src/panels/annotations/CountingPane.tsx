import { useEffect, useMemo } from 'react'

import { formatNumber, formatPercent, t } from '../../i18n'
import type { Fields } from '../../model/annotations/counting'
import small from '../shell/Small.module.css'
import { preferences } from '../viewer/preferences'
import { useSelected } from '../viewer/useSelected'
import input from '../shell/Input.module.css'
import { useAnnotations, useDocument } from './context'
import style from './counting.module.css'

/** Counting in a frame or in high-power fields: what is counted in, the numbers as they run, and the other tally. */
export function CountingPane() {
  const { drawing, toolbox } = useAnnotations()
  const shown = useSelected(drawing.state, (state) => state.tool === 'counting')
  const state = useSelected(drawing.counting.state, (value) => value)
  const annotations = useDocument((value) => value.annotations)
  const { counting } = drawing
  // Told by the marks on the slide, whoever set them.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const counted = useMemo(() => counting.counted(), [counting, state, annotations])
  useEffect(() => {
    // On a telephone the panel would cover what one counts with; it comes again when one is done.
    if (shown && window.matchMedia('(max-width: 699px)').matches) preferences.set({ annotations: false })
  }, [shown])
  if (!shown) return null
  if (!counting.possible) {
    return (
      <section className={style.pane} aria-label={t('draw.tool.counting')}>
        <p>{t('viewer.measureNeedsScale')}</p>
      </section>
    )
  }
  const missing = counted.wanted - counted.frames.length
  const { share } = counted
  return (
    <section className={style.pane} aria-label={t('draw.tool.counting')}>
      <Setup />
      <p className={style.hint} role="status">
        {missing > 0 ? t('counting.place', { count: missing }) : t('counting.click', { other: counted.tallies[1]?.name ?? '' })}
      </p>
      <div className={style.tallies} role="group" aria-label={t('counting.tallies')}>
        {counted.tallies.map(({ name, n, per_mm2: density }, i) => (
          <button key={name} type="button" aria-pressed={state.active === i} onClick={() => counting.state.set({ active: i })}>
            <span>{name}</span>
            <output>{formatNumber(n, 0)}</output>
            <small>{density === null ? '' : t('counting.perMm2', { value: formatNumber(density, 1) })}</small>
          </button>
        ))}
        {share !== null && (
          <p className={style.share}>
            <strong>{formatPercent(share.part, 1)}</strong>
            <small title={t('counting.interval')}>{t('counting.range', { low: formatPercent(share.low, 1), high: formatPercent(share.high, 1) })}</small>
          </p>
        )}
      </div>
      <div className={style.acts}>
        <button type="button" className={small.act} onClick={() => counting.renew()}>
          {t('counting.renew')}
        </button>
        <button
          type="button"
          className={small.act}
          onClick={() => {
            counting.keep()
            toolbox.choose(null)
            preferences.set({ annotations: true })
          }}
        >
          {t('counting.done')}
        </button>
      </div>
    </section>
  )
}

/** What is counted in; changing it begins anew, what was counted stays on the slide. */
function Setup() {
  const { drawing } = useAnnotations()
  const { counting } = drawing
  const { by, area_mm2: area, fields } = useSelected(counting.state, (value) => value)
  const set = (change: Partial<Fields>): void => counting.renew({ fields: { ...fields, ...change } })
  const number = (label: string, value: number, least: number, most: number, step: number, change: (value: number) => void) => (
    <label>
      {label}
      <input
        key={value}
        type="number"
        className={input.small}
        min={least}
        max={most}
        step={step}
        defaultValue={value}
        onBlur={(event) => {
          const next = event.currentTarget.valueAsNumber
          if (next >= least && next <= most && next !== value) change(next)
        }}
      />
    </label>
  )
  return (
    <div className={style.setup}>
      <label>
        {t('counting.by')}
        <select className={input.small} value={by} onChange={(event) => counting.renew({ by: event.currentTarget.value === 'fields' ? 'fields' : 'area' })}>
          <option value="area">{t('counting.by.area')}</option>
          <option value="fields">{t('counting.by.fields')}</option>
        </select>
      </label>
      {by === 'area' ? (
        number(t('counting.area'), area, 0.001, 100, 0.001, (next) => counting.renew({ area_mm2: next }))
      ) : (
        <>
          {number(t('counting.fields'), fields.count, 1, 100, 1, (count) => set({ count }))}
          {number(t('counting.fieldNumber'), fields.fieldNumber, 10, 30, 0.5, (fieldNumber) => set({ fieldNumber }))}
          {number(t('counting.objective'), fields.objective, 1, 100, 1, (objective) => set({ objective }))}
        </>
      )}
    </div>
  )
}
