import { t } from '../../i18n'
import { pixelSize } from '../../model/slide'
import { measurementText } from '../../tools/draw'
import { CloseIcon } from './icons'
import { useViewer } from './OpenViewer'
import { ToolButton } from './ToolButton'
import { useSelected } from './useSelected'
import piece from './pieces.module.css'

/** How the tool in hand works, and the last measured value; also the screen reader's way to it. */
export function Measured() {
  const { toolbox, slide } = useViewer()
  const active = useSelected(toolbox.state, (state) => state.active)
  const last = useSelected(toolbox.state, (state) => state.kept.at(-1) ?? null)
  const size = pixelSize(slide)
  const value = last === null || size === null ? null : measurementText(last, size)
  const hint = active === 'ruler' || active === 'area' ? active : null
  if (hint === null && value === null) return null
  return (
    <div className={piece.measured}>
      {hint !== null && value === null && <span>{t(`viewer.measureHint.${hint}`)}</span>}
      <output aria-live="polite">{value !== null && t('viewer.measured', { value })}</output>
      {value !== null && (
        <ToolButton label={t('viewer.clearMeasurements')} keyName="Esc" onClick={() => toolbox.escape()}>
          <CloseIcon />
        </ToolButton>
      )}
    </div>
  )
}
