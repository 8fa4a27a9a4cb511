import { t } from '../../i18n'
import type { MeasureColours } from '../../tools/draw'
import type { OverviewColours } from '../../viewer/overview'
import type { PaintStyle } from '../../viewer/paint'

const FONT = 'system-ui, sans-serif'

function dark(): boolean {
  return document.documentElement.dataset['mantineColorScheme'] === 'dark'
}

/** Colours of what the canvas draws itself; it cannot read style sheets. */
export function paintStyle(): PaintStyle {
  return {
    waiting: dark() ? '#2a2f34' : '#d5dade',
    hatch: dark() ? '#ffb0a0' : '#8c2f1d',
    hatchBack: dark() ? 'rgba(52, 24, 20, 0.72)' : 'rgba(250, 226, 220, 0.72)',
    missingText: t('viewer.missingTile'),
    font: FONT,
  }
}

/** The same on any theme: measurements lie on tissue, not on the page. */
export function measureColours(): MeasureColours {
  return { line: '#ffe14d', rim: 'rgba(0, 0, 0, 0.75)', labelBack: 'rgba(16, 18, 20, 0.86)', labelText: '#fff', font: FONT }
}

export function overviewColours(): OverviewColours {
  return { box: '#0b8f93', shade: dark() ? 'rgba(8, 10, 12, 0.35)' : 'rgba(30, 36, 42, 0.16)' }
}

/** No stain has this colour. */
export function unseenColour(): string {
  return 'rgba(255, 120, 0, 0.5)'
}
