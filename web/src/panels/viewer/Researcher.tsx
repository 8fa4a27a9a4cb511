import { formatCount, formatDimensions, t } from '../../i18n'
import { planeNumber } from '../../model/slide'
import { HistogramPicture } from './HistogramPicture'
import { useViewer, useViewerState } from './OpenViewer'
import { preferences } from './preferences'
import { Projections } from './Projections'
import { useHistogram } from './useHistogram'
import { useSelected } from './useSelected'
import display from './display.module.css'
import memory from './memory.module.css'

/** What research needs and routine does not; off until somebody turns it on. */
export function Researcher() {
  const on = useSelected(preferences, (value) => value.researcher)
  return (
    <section className={memory.presets} aria-label={t('memory.researcher')}>
      <label className={display.switch}>
        <input
          type="checkbox"
          role="switch"
          checked={on}
          onChange={(event) => preferences.set({ researcher: event.currentTarget.checked })}
        />
        <span>
          {t('memory.researcher')}
          <small>{t('memory.researcherHint')}</small>
        </span>
      </label>
      {on && <Tools />}
    </section>
  )
}

function Tools() {
  const { slide } = useViewer()
  const readout = useSelected(preferences, (value) => value.readout)
  const plane = planeNumber(slide, useViewerState((state) => state.choice.plane))
  const time = useViewerState((state) => state.choice.time)
  const histogram = useHistogram(slide.slide_id, plane, time)
  const finest = slide.levels.at(-1)
  const facts: [string, string][] = [
    [t('memory.fact.size'), formatDimensions(slide.width ?? 0, slide.height ?? 0)],
    [t('memory.fact.dtype'), `${slide.dtype ?? ''} · ${formatCount(slide.channels.length)}`],
    [t('memory.fact.levels'), slide.levels.map((level) => `${formatCount(Math.round(level.downsample_x))}${level.stored ? '' : '*'}`).join(' ')],
    [t('memory.fact.tile'), finest === undefined ? '' : formatDimensions(finest.tile_width, finest.tile_height)],
  ]
  return (
    <>
      <label className={display.switch}>
        <input
          type="checkbox"
          checked={readout}
          onChange={(event) => preferences.set({ readout: event.currentTarget.checked })}
        />
        <span>{t('memory.readout')}</span>
      </label>
      <Projections />
      {slide.rgb && histogram.kind === 'there' && (
        <ul className={memory.list}>
          {histogram.channels.map((channel) => (
            <li key={channel.index}>
              <HistogramPicture name={slide.channels[channel.index]?.name ?? String(channel.index)} histogram={channel} />
            </li>
          ))}
        </ul>
      )}
      <dl className={memory.facts} aria-label={t('memory.facts')}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
