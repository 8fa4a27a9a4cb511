import { useState } from 'react'

import { t } from '../../i18n'
import type { ChannelHistogram } from '../../model/histogram'
import type { Channel } from '../../model/slide'
import { type ChannelStyle, LUTS } from '../../model/style'
import inputs from '../shell/Input.module.css'
import { HistogramRange } from './HistogramRange'
import { NextIcon } from './icons'
import { Slider } from './Slider'
import display from './display.module.css'
import piece from './pieces.module.css'

interface Props {
  channel: Channel
  styled: ChannelStyle
  histogram: ChannelHistogram | null
  /** What it is shown with while no range is chosen. */
  starting: { low: number; high: number } | null
  /** Unfold it at once: a slide of few channels. */
  unfolded: boolean
  onChange: (change: Partial<ChannelStyle>) => void
}

/** One fluorescence channel: on or off, colour, range on its histogram, gamma. */
export function ChannelRow({ channel, styled, histogram, starting, unfolded, onChange }: Props) {
  const [open, setOpen] = useState(unfolded)
  const { name } = channel
  const colour = styled.colour ?? channel.colour.toLowerCase()
  const wavelength = channel.emission_nm === null ? null : `${Math.round(channel.emission_nm)} nm`
  return (
    <li className={display.channel} data-off={!styled.visible || undefined}>
      <div className={display.channelHead}>
        <input
          type="checkbox"
          checked={styled.visible}
          aria-label={t('viewer.channelShown', { name })}
          onChange={(event) => onChange({ visible: event.currentTarget.checked })}
        />
        <input
          type="color"
          value={colour}
          aria-label={t('viewer.channelColour', { name })}
          onChange={(event) => onChange({ colour: event.currentTarget.value, lut: null })}
        />
        <button type="button" className={display.channelName} aria-expanded={open} onClick={() => setOpen(!open)}>
          <span>{name}</span>
          {wavelength !== null && <small>{wavelength}</small>}
          <span className={display.chevron}>
            <NextIcon />
          </span>
        </button>
      </div>
      {open && (
        <div className={display.channelBody}>
          {histogram !== null && (
            <HistogramRange
              name={name}
              colour={colour}
              histogram={histogram}
              low={styled.low ?? starting?.low ?? histogram.auto_low}
              high={styled.high ?? starting?.high ?? histogram.auto_high}
              onChange={(low, high) => onChange({ low, high })}
            />
          )}
          <Slider
            label={t('viewer.gamma')}
            name={`${t('viewer.gamma')}, ${name}`}
            min={0.2}
            max={4}
            step={0.05}
            plain={1}
            value={styled.gamma}
            onChange={(gamma) => onChange({ gamma })}
          />
          <div className={display.channelEnd}>
            <select
              className={inputs.small}
              aria-label={`${t('viewer.lut')}, ${name}`}
              value={styled.lut ?? ''}
              onChange={(event) => onChange({ lut: event.currentTarget.value === '' ? null : event.currentTarget.value })}
            >
              <option value="">{t('viewer.lutNone')}</option>
              {LUTS.map((lut) => (
                <option key={lut} value={lut}>
                  {lut}
                </option>
              ))}
            </select>
            <button
              type="button"
              className={piece.textButton}
              disabled={histogram === null}
              onClick={() => histogram !== null && onChange({ low: histogram.auto_low, high: histogram.auto_high })}
            >
              {t('viewer.auto')}
            </button>
          </div>
        </div>
      )}
    </li>
  )
}
