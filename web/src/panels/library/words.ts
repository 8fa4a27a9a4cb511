import type { SlideSummary } from '../../api/slides'
import { type Key, formatBytes, formatObjective, t } from '../../i18n'
import { en } from '../../i18n/en'
import { STATES } from '../../model/list/query'

/** A format's own name; a plugin's format is shown by the name that the plugin gave it. */
export function formatName(format: string | null): string {
  if (format === null || format === '') return t('format.none')
  const key = `format.${format}`
  return isPlain(key) ? t(key) : format
}

/** What a card says below the name: where the slide is filed, as far as the list does not say it; else its facts. */
export function cardFacts(slide: SlideSummary, inCase = false): string {
  const filed = [inCase ? null : slide.case_name, slide.part, slide.block].filter((part) => part !== null && part !== '')
  if (filed.length > 0) return filed.join(' · ')
  return [
    slide.format === null ? null : formatName(slide.format),
    slide.objective === null ? null : formatObjective(slide.objective),
    formatBytes(slide.size_bytes),
  ]
    .filter((fact) => fact !== null)
    .join(' · ')
}

/** True when the viewer has something to show for the slide, be it that it will be ready soon. */
export function opens(slide: SlideSummary): boolean {
  return slide.state !== 'unreadable' && slide.state !== 'missing'
}

type PlainKey = { [K in Key]: K extends `format.${string}` ? K : never }[Key]

function isPlain(key: string): key is PlainKey {
  return key in en
}

/** The name of a state; one that this version does not know is shown as it is. */
export function stateName(value: string): string {
  const known = STATES.find((state) => state === value)
  return known === undefined ? value : t(`state.${known}`)
}
