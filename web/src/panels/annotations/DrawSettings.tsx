import { formatNumber, t } from '../../i18n'
import { BRUSH_RANGE, drawingSettings, TOLERANCE_RANGE } from '../../tools/annotate/settings'
import { useSelected } from '../viewer/useSelected'
import { useAnnotations } from './context'
import style from './draw.module.css'

/** How one draws: kept in this browser. */
export function DrawSettings() {
  const { drawing } = useAnnotations()
  const { brushPx, wandTolerance, keepDrawing, sharedBorders } = useSelected(drawingSettings, (value) => value)
  const shown = useSelected(drawing.layer.choice, (value) => value)
  const check = (label: string, checked: boolean, change: (checked: boolean) => void) => (
    <label className={style.check}>
      <input type="checkbox" checked={checked} onChange={(event) => change(event.currentTarget.checked)} />
      {label}
    </label>
  )
  return (
    <div className={style.settings}>
      {check(t('annotations.keepDrawing'), keepDrawing, (on) => drawingSettings.set({ keepDrawing: on }))}
      {check(t('annotations.sharedBorders'), sharedBorders, (on) => drawingSettings.set({ sharedBorders: on }))}
      <label>
        <span>
          {t('annotations.brushSize')} <output>{t('annotations.px', { value: formatNumber(brushPx, 0) })}</output>
        </span>
        <input type="range" min={BRUSH_RANGE.least} max={BRUSH_RANGE.most} value={brushPx} onChange={(event) => drawingSettings.set({ brushPx: event.currentTarget.valueAsNumber })} />
      </label>
      <label>
        <span>
          {t('annotations.wandTolerance')} <output>{formatNumber(wandTolerance, 0)}</output>
        </span>
        <input
          type="range"
          min={TOLERANCE_RANGE.least}
          max={TOLERANCE_RANGE.most}
          value={wandTolerance}
          onChange={(event) => drawingSettings.set({ wandTolerance: event.currentTarget.valueAsNumber })}
        />
      </label>
      <hr />
      {check(t('annotations.showNames'), shown.names, (names) => drawing.layer.choice.set({ names }))}
      {check(t('annotations.showFill'), shown.filled, (filled) => drawing.layer.choice.set({ filled }))}
      {check(t('annotations.showCursors'), shown.cursors, (cursors) => drawing.layer.choice.set({ cursors }))}
      {check(t('annotations.showViews'), shown.viewports, (viewports) => drawing.layer.choice.set({ viewports }))}
    </div>
  )
}
