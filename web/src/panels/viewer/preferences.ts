import { type FieldKind, LARGEST_MM2, SMALLEST_MM2 } from '../../model/fields'
import { Store } from '../../model/store'
import type { Scrolling } from '../../viewer/wheel'

/** What a person sets once for all slides; kept in this browser. */
export interface Preferences {
  overview: boolean
  readout: boolean
  display: boolean
  /** The panel of annotations beside the picture. */
  annotations: boolean
  /** The drawing tools, unfolded. */
  drawBar: boolean
  /** The overview shows what was seen at 10x or more. */
  seen: boolean
  /** The film strip; null: where a case has several slides. */
  strip: boolean | null
  /** Tools that research needs and routine does not: projections, histograms, pixel values. */
  researcher: boolean
  scrolling: Scrolling
  /** Two fingers zoom but do not turn. */
  turnLocked: boolean
  /** The field that was counted in last. */
  fieldKind: FieldKind
}

const KEY = 'coverslip.viewer'
const SCROLLING: readonly Scrolling[] = ['auto', 'zoom', 'pan']

/** On a phone the picture needs the room that overview and panel would take. */
function plain(): Preferences {
  return {
    overview: window.innerWidth >= 700,
    readout: false,
    display: false,
    annotations: false,
    drawBar: window.innerWidth >= 700,
    seen: false,
    strip: null,
    researcher: false,
    scrolling: 'auto',
    turnLocked: false,
    fieldKind: { shape: 'circle', area_mm2: 1 },
  }
}

function stored(): Preferences {
  const preferences = plain()
  try {
    const saved: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? '{}')
    if (typeof saved !== 'object' || saved === null) return preferences
    const record = saved as Record<string, unknown>
    for (const name of ['overview', 'readout', 'display', 'annotations', 'drawBar', 'seen', 'strip', 'researcher', 'turnLocked'] as const)
      if (typeof record[name] === 'boolean') preferences[name] = record[name]
    preferences.scrolling = SCROLLING.find((choice) => choice === record['scrolling']) ?? 'auto'
    preferences.fieldKind = fieldKindOf(record['fieldKind']) ?? preferences.fieldKind
  } catch {
    // A browser that keeps nothing still shows slides.
  }
  return preferences
}

function fieldKindOf(value: unknown): FieldKind | null {
  if (typeof value !== 'object' || value === null) return null
  const { shape, area_mm2: area } = value as Record<string, unknown>
  if ((shape !== 'circle' && shape !== 'square') || typeof area !== 'number') return null
  return area >= SMALLEST_MM2 && area <= LARGEST_MM2 ? { shape, area_mm2: area } : null
}

export const preferences = new Store<Preferences>(stored())

preferences.subscribe(() => {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(preferences.get()))
  } catch {
    // As above.
  }
})
