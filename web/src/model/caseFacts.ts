/** What a slide is called in its case. */
import type { SlideSummary } from '../api/slides'

type Named = Pick<SlideSummary, 'name' | 'case_name' | 'block' | 'stain'>

/** Case, block and stain; without any of them the slide's own name. */
export function identityText({ name, case_name, block, stain }: Named): string {
  const parts = [case_name, block, stain].filter((part) => part !== null && part !== '')
  // A case alone would not tell its slides apart.
  return block === null && stain === null ? [...parts, name].join(' · ') : parts.join(' · ')
}

/** What tells a slide from the others of its case: stain and block, else its name. */
export function shortText({ name, block, stain }: Named): string {
  const parts = [stain, block].filter((part) => part !== null && part !== '')
  return parts.length === 0 ? name : parts.join(' · ')
}
