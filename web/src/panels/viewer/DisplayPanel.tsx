import { Button } from '@mantine/core'

import { t } from '../../i18n'
import { allChannels, startingRange } from '../../model/histogram'
import { firstPlane, planeNumber } from '../../model/slide'
import { type ChannelStyle, isAdjusted, NEUTRAL, type Style } from '../../model/style'
import { useWithoutAccount } from '../shell/session'
import { ErrorNotice } from '../shell/ErrorNotice'
import { ChannelRow } from './ChannelRow'
import { Help } from './Help'
import { CloseIcon } from './icons'
import { useViewer, useViewerState } from './OpenViewer'
import { Presets } from './Presets'
import { Researcher } from './Researcher'
import { Slider } from './Slider'
import { ToolButton } from './ToolButton'
import { type HistogramState, useHistogram } from './useHistogram'
import display from './display.module.css'
import piece from './pieces.module.css'
import style from './viewer.module.css'

/** Slides of up to this many channels show all their histograms at once. */
const UNFOLD_UP_TO = 3

/** How the pixels look: channels of a fluorescence slide, or the adjustments of an RGB slide. */
export function DisplayPanel({ onClose }: { onClose: () => void }) {
  const { slide, viewer } = useViewer()
  const guest = useWithoutAccount()
  return (
    <section className={style.display} aria-label={t('viewer.display')}>
      <header className={style.paneHead}>
        <h2>{t('viewer.display')}</h2>
        <Help title={t('viewer.display')} text={t('help.display')} />
        <ToolButton label={t('viewer.close')} onClick={onClose}>
          <CloseIcon />
        </ToolButton>
      </header>
      <div className={style.displayBody}>
        {slide.rgb ? <Adjustments /> : <Channels />}
        {slide.colour.managed && <ManagedSwitch />}
        <Button variant="default" size="xs" onClick={() => viewer.choose({ style: null, managed: true })}>
          {t('viewer.resetDisplay')}
        </Button>
        {!guest && <Presets />}
        <Researcher />
      </div>
    </section>
  )
}

function Channels() {
  const { slide, viewer } = useViewer()
  const chosen = useViewerState((state) => state.choice.style)
  const plane = planeNumber(slide, useViewerState((state) => state.choice.plane))
  const time = useViewerState((state) => state.choice.time)
  const histogram = useHistogram(slide.slide_id, plane, time)
  const middle = useHistogram(slide.slide_id, firstPlane(slide), 0)
  const channels = allChannels(slide.channels, chosen?.channels ?? [])
  const put = (next: ChannelStyle[]) => viewer.choose({ style: { ...NEUTRAL, channels: next } })
  const histogramOf = (state: HistogramState, index: number) =>
    state.kind === 'there' ? (state.channels.find((one) => one.index === index) ?? null) : null
  const autoAll = () =>
    put(
      channels.map((channel) => {
        const found = histogramOf(histogram, channel.index)
        return found === null ? channel : { ...channel, low: found.auto_low, high: found.auto_high }
      }),
    )
  const all = (change: Partial<ChannelStyle>) => put(channels.map((channel) => ({ ...channel, ...change })))
  return (
    <>
      <div className={display.rowEnd}>
        <button type="button" className={piece.textButton} disabled={histogram.kind !== 'there'} onClick={autoAll}>
          {t('viewer.autoAll')}
        </button>
        <button type="button" className={piece.textButton} onClick={() => all({ visible: true })}>
          {t('viewer.allOn')}
        </button>
        <button type="button" className={piece.textButton} onClick={() => all({ visible: false })}>
          {t('viewer.allOff')}
        </button>
      </div>
      {histogram.kind === 'loading' && <p className={piece.quiet}>{t('viewer.histogramLoading')}</p>}
      {histogram.kind === 'failed' && <ErrorNotice error={histogram.error} title={t('viewer.histogramFailed')} compact />}
      <ul className={display.channels} aria-label={t('viewer.channels')}>
        {slide.channels.map((channel, i) => {
          const styled = channels[i]
          const start = histogramOf(middle, channel.index)
          return (
            styled && (
              <ChannelRow
                key={channel.index}
                channel={channel}
                styled={styled}
                histogram={histogramOf(histogram, channel.index)}
                starting={start === null ? null : startingRange(slide.dtype, start)}
                unfolded={slide.channels.length <= UNFOLD_UP_TO}
                onChange={(change) => put(channels.map((one) => (one.index === channel.index ? { ...one, ...change } : one)))}
              />
            )
          )
        })}
      </ul>
    </>
  )
}

function Adjustments() {
  const { viewer } = useViewer()
  const chosen = useViewerState((state) => state.choice.style) ?? NEUTRAL
  const put = (change: Partial<Style>) => {
    const next = { ...chosen, ...change }
    viewer.choose({ style: isAdjusted(next) ? next : null })
  }
  return (
    <div className={display.adjust}>
      <Slider label={t('viewer.brightness')} min={-0.5} max={0.5} step={0.01} plain={0} value={chosen.brightness} onChange={(brightness) => put({ brightness })} />
      <Slider label={t('viewer.contrast')} min={0.2} max={3} step={0.02} plain={1} value={chosen.contrast} onChange={(contrast) => put({ contrast })} />
      <Slider label={t('viewer.gamma')} min={0.2} max={4} step={0.05} plain={1} value={chosen.gamma} onChange={(gamma) => put({ gamma })} />
      <Slider label={t('viewer.saturation')} min={0} max={3} step={0.02} plain={1} value={chosen.saturation} onChange={(saturation) => put({ saturation })} />
    </div>
  )
}

function ManagedSwitch() {
  const { viewer } = useViewer()
  const managed = useViewerState((state) => state.choice.managed)
  return (
    <label className={display.switch}>
      <input
        type="checkbox"
        role="switch"
        checked={managed}
        onChange={(event) => viewer.choose({ managed: event.currentTarget.checked })}
      />
      <span>
        {t('viewer.managedSwitch')}
        <small>{t('viewer.managedHint')}</small>
      </span>
    </label>
  )
}

/** Says on the picture what was done to its colours. */
export function ColourNotice() {
  const { slide, viewer } = useViewer()
  const managed = useViewerState((state) => state.choice.managed && state.colourProblem === null)
  if (!slide.colour.managed) return null
  return (
    <button
      type="button"
      className={piece.colourNotice}
      aria-pressed={managed}
      onClick={() => viewer.choose({ managed: !viewer.state.get().choice.managed })}
    >
      {managed ? t('viewer.managed', { profile: slide.colour.profile ?? '' }) : t('viewer.unmanaged')}
    </button>
  )
}
