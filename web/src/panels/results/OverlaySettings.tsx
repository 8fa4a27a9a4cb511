import { t } from '../../i18n'
import { type ColourMap, COLOUR_MAPS, mapGradient } from '../../model/results/colouring'
import { labelColour } from '../../model/results/overlays'
import type { RasterOverlay } from '../../viewer/results/raster'
import inputs from '../shell/Input.module.css'
import { useStore } from '../shell/useStore'
import { Slider } from '../viewer/Slider'
import { formatValue } from './figures'
import style from './results.module.css'

/** Colours and range of a heatmap, or the labels of a label map with their colours. */
export function OverlaySettings({ raster }: { raster: RasterOverlay }) {
  const { style: chosen } = useStore(raster.state)
  const { info } = raster
  const step = (info.high - info.low) / 200 || 1
  if (info.kind === 'labels')
    return (
      <ul className={style.categories} aria-label={t('results.overlayCategories')}>
        {info.labels.map((label) => {
          const name = t('results.label', { number: label })
          return (
            <li key={label} className={style.category}>
              <label>
                <input
                  type="checkbox"
                  checked={!chosen.hidden.includes(label)}
                  aria-label={t('results.categoryShown', { name })}
                  onChange={(event) => {
                    const rest = chosen.hidden.filter((one) => one !== label)
                    raster.choose({ hidden: event.currentTarget.checked ? rest : [...rest, label] })
                  }}
                />
                <input
                  type="color"
                  value={chosen.colours[label] ?? labelColour(label)}
                  aria-label={t('results.legend', { name })}
                  onChange={(event) => raster.choose({ colours: { ...chosen.colours, [label]: event.currentTarget.value } })}
                />
                <span className={style.categoryName}>{name}</span>
              </label>
            </li>
          )
        })}
      </ul>
    )
  return (
    <div className={style.settings}>
      <label className={style.field}>
        <span>{t('results.overlayMap')}</span>
        <select className={inputs.small} value={chosen.map} onChange={(event) => raster.choose({ map: event.currentTarget.value as ColourMap })}>
          {COLOUR_MAPS.map((map) => (
            <option key={map} value={map}>
              {t(`results.map.${map}`)}
            </option>
          ))}
        </select>
      </label>
      <div aria-hidden className={style.legend} style={{ background: mapGradient(chosen.map) }} />
      <div className={style.ends}>
        <span>{formatValue(chosen.low)}</span>
        <span>{formatValue(chosen.high)}</span>
      </div>
      <Slider label={t('results.low')} min={info.low} max={info.high} step={step} plain={info.low} value={chosen.low} text={formatValue} onChange={(low) => raster.choose({ low: Math.min(low, chosen.high) })} />
      <Slider label={t('results.high')} min={info.low} max={info.high} step={step} plain={info.high} value={chosen.high} text={formatValue} onChange={(high) => raster.choose({ high: Math.max(high, chosen.low) })} />
      <Slider
        label={t('results.overlayAbove')}
        min={info.low}
        max={info.high}
        step={step}
        plain={info.low}
        value={chosen.above ?? info.low}
        text={formatValue}
        onChange={(above) => raster.choose({ above: above <= info.low ? null : above })}
      />
    </div>
  )
}
