import { useState } from 'react'

import { formatNumber, t } from '../../i18n'
import { FIELD_AREAS_MM2, LARGEST_MM2, SMALLEST_MM2, totalArea } from '../../model/fields'
import { Help } from './Help'
import { CloseIcon, TurnLeftIcon } from './icons'
import { useViewer } from './OpenViewer'
import { preferences } from './preferences'
import { ToolButton } from './ToolButton'
import { useSelected } from './useSelected'
import style from './FieldsPane.module.css'

const OWN = 'own'

/** The fields on the slide: which kind comes next, how many there are and how many are counted off. */
export function FieldsPane() {
  const { toolbox } = useViewer()
  const active = useSelected(toolbox.state, (state) => state.active === 'fields')
  const fields = useSelected(toolbox.fields.state, (state) => state.fields)
  const kind = useSelected(toolbox.fields.state, (state) => state.kind)
  const [own, setOwn] = useState(!FIELD_AREAS_MM2.some((area) => area === kind.area_mm2))
  if (!active && fields.length === 0) return null
  const choose = (change: Partial<typeof kind>): void => {
    toolbox.fields.choose(change)
    preferences.set({ fieldKind: toolbox.fields.state.get().kind })
  }
  const counted = fields.filter((field) => field.counted).length
  return (
    <section className={style.pane} aria-label={t('fields.title')}>
      {active && (
        <>
          <select aria-label={t('fields.shape')} value={kind.shape} onChange={(event) => choose({ shape: event.currentTarget.value === 'square' ? 'square' : 'circle' })}>
            <option value="circle">{t('fields.circle')}</option>
            <option value="square">{t('fields.square')}</option>
          </select>
          <select
            aria-label={t('fields.area')}
            value={own ? OWN : String(kind.area_mm2)}
            onChange={(event) => {
              const { value } = event.currentTarget
              setOwn(value === OWN)
              if (value !== OWN) choose({ area_mm2: Number(value) })
            }}
          >
            {FIELD_AREAS_MM2.map((area) => (
              <option key={area} value={area}>
                {t('fields.areaOf', { area: formatNumber(area, 3) })}
              </option>
            ))}
            <option value={OWN}>{t('fields.own')}</option>
          </select>
          {own && (
            <input
              type="number"
              aria-label={t('fields.ownLabel')}
              min={SMALLEST_MM2}
              max={LARGEST_MM2}
              step="any"
              defaultValue={kind.area_mm2}
              onChange={(event) => {
                const area = event.currentTarget.valueAsNumber
                if (area >= SMALLEST_MM2 && area <= LARGEST_MM2) choose({ area_mm2: area })
              }}
            />
          )}
        </>
      )}
      <output aria-live="polite" className={style.count}>
        {fields.length === 0 ? (
          t('fields.hint')
        ) : (
          <>
            <strong>{t('fields.count', { count: fields.length })}</strong>
            {counted > 0 && ` · ${t('fields.counted', { count: counted })}`}
            {` · ${t('fields.total', { area: formatNumber(totalArea(fields), 3) })}`}
          </>
        )}
      </output>
      {fields.length > 0 && (
        <>
          <ToolButton label={t('fields.removeLast')} onClick={() => toolbox.fields.removeLast()}>
            <TurnLeftIcon />
          </ToolButton>
          <ToolButton label={t('fields.clear')} onClick={() => toolbox.fields.clear()}>
            <CloseIcon />
          </ToolButton>
        </>
      )}
      {active && <Help title={t('fields.title')} text={`${t('fields.hint')} ${t('help.fields')}`} />}
    </section>
  )
}
