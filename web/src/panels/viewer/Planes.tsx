import { formatNumber, t } from '../../i18n'
import { firstPlane, planeNumber } from '../../model/slide'
import { useViewer, useViewerState } from './OpenViewer'
import { PlayButton } from './PlayButton'
import piece from './pieces.module.css'

/** Focal planes and time points; shown only where there is more than one. */
export function Planes() {
  const { viewer, slide } = useViewer()
  const chosen = useViewerState((state) => state.choice.plane)
  const plane = planeNumber(slide, chosen)
  const time = useViewerState((state) => state.choice.time)
  if (slide.z_count <= 1 && slide.t_count <= 1) return null
  const offset = slide.z_spacing_um === null ? null : (plane - firstPlane(slide)) * slide.z_spacing_um
  return (
    <div className={piece.planes}>
      {slide.z_count > 1 && (
        <Slider
          label={t('viewer.plane')}
          value={plane}
          count={slide.z_count}
          text={typeof chosen === 'number' ? t('viewer.planeValue', { plane: plane + 1, count: slide.z_count }) : t(`memory.focus.${chosen}`)}
          instead={typeof chosen === 'number' ? null : t(`memory.focus.${chosen}`)}
          note={offset === null ? null : t('viewer.planeOffset', { offset: formatNumber(offset, 2) })}
          onChange={(next) => viewer.choose({ plane: next })}
        />
      )}
      {slide.t_count > 1 && (
        <div className={piece.plane}>
          <Slider
            label={t('viewer.time')}
            value={time}
            count={slide.t_count}
            text={t('viewer.timeValue', { time: time + 1, count: slide.t_count })}
            note={null}
            onChange={(next) => viewer.choose({ time: next })}
          />
          <PlayButton />
        </div>
      )}
    </div>
  )
}

interface SliderProps {
  label: string
  value: number
  count: number
  text: string
  /** Stands in place of "3/7". */
  instead?: string | null
  note: string | null
  onChange: (value: number) => void
}

function Slider({ label, value, count, text, instead = null, note, onChange }: SliderProps) {
  return (
    <label className={piece.plane}>
      <span className={piece.planeName}>{label}</span>
      <input
        type="range"
        min={0}
        max={count - 1}
        step={1}
        value={value}
        aria-valuetext={text}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
      <span className={piece.planeValue}>
        {instead ?? `${value + 1}/${count}`}
        {instead === null && note !== null && ` · ${note}`}
      </span>
    </label>
  )
}
