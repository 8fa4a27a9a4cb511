import type { SlideDetail } from '../../api/slides'
import { formatNumber, locale, t } from '../../i18n'
import { shortText } from '../../model/caseFacts'
import type { Pane } from '../../model/desk'
import { magnification, magnificationText } from '../../model/magnification'
import { scaleBar } from '../../model/measure'
import { pixelSize } from '../../model/slide'
import { CloseIcon, PickIcon } from './icons'
import { type OpenPane, useDesk } from './openDesk'
import { ToolButton } from './ToolButton'
import { useSelected } from './useSelected'
import style from './panes.module.css'

const BAR_PX = 64

/** Above each of several panes: which slide, how large, how turned. */
export function PaneHead({ pane, number, slide }: { pane: Pane; number: number; slide: SlideDetail | null }) {
  const { desk, opens, picking } = useDesk()
  const open = useSelected(opens, (state) => state.panes.get(pane.id) ?? null)
  const name = slide === null ? t('panes.none') : shortText(slide)
  return (
    <header className={style.head}>
      <h2 className={style.name} title={slide?.name} aria-label={t('panes.pane', { number, name })}>
        {name}
      </h2>
      {open !== null && <Facts open={open} />}
      <ToolButton label={t('panes.pick', { number })} onClick={() => picking.set({ pane: pane.id })}>
        <PickIcon />
      </ToolButton>
      <ToolButton label={t('panes.close', { number })} onClick={() => desk.close(pane.id)}>
        <CloseIcon />
      </ToolButton>
    </header>
  )
}

function Facts({ open: { open } }: { open: OpenPane }) {
  const { slide, viewer } = open
  const { resolution, rotation, mirrored } = useSelected(viewer.state, (state) => state.camera)
  const size = pixelSize(slide)
  const bar = size === null ? null : scaleBar(size, resolution, rotation, BAR_PX)
  const length = bar === null ? '' : bar.um < 1000 ? `${formatNumber(bar.um)} µm` : `${formatNumber(bar.um / 1000)} mm`
  const turned = rotation === 0 ? [] : [t('panes.turn', { degrees: formatNumber((rotation * 180) / Math.PI, 0) })]
  const orientation = [...turned, ...(mirrored ? [t('panes.flipped')] : [])].join(', ')
  return (
    <p className={style.facts}>
      {orientation !== '' && <span className={style.turned}>{orientation}</span>}
      {bar !== null && (
        <span className={style.scale} role="img" aria-label={t('viewer.scaleBar', { length })}>
          <span className={style.ruler} style={{ width: bar.width }} />
          {length}
        </span>
      )}
      <strong>{magnificationText(magnification(slide, resolution), locale)}</strong>
    </p>
  )
}
