import { t } from '../../i18n'
import { FACTORS } from '../../viewer/magnifier'
import { CloseIcon } from './icons'
import { useViewer } from './OpenViewer'
import { ToolButton } from './ToolButton'
import { useSelected } from './useSelected'
import piece from './pieces.module.css'

/** How near the magnifier shows things, and the way to put it away without a key. */
export function LoupeBar() {
  const { magnifier } = useViewer().viewer
  const on = useSelected(magnifier.state, (state) => state.on)
  const factor = useSelected(magnifier.state, (state) => state.factor)
  if (!on) return null
  return (
    <div className={piece.measured} role="group" aria-label={t('magnifier.title')}>
      <span>{t('magnifier.hint')}</span>
      {FACTORS.map((one) => (
        <button key={one} type="button" className={piece.step} aria-pressed={one === factor} onClick={() => magnifier.change(one)}>
          {one}x
        </button>
      ))}
      <ToolButton label={t('magnifier.off')} onClick={() => magnifier.toggle(false)}>
        <CloseIcon />
      </ToolButton>
    </div>
  )
}
