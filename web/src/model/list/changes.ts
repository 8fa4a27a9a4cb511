import type { FieldValue, SlidePatch, SlideSummary } from '../../api/slides'

/** What of a slide people edit in the catalogue. */
export type Editable = Pick<
  SlideSummary,
  'case_id' | 'part' | 'block' | 'stain' | 'stain_kind' | 'label_text' | 'tags' | 'rating' | 'fields'
>

/** One call of the server: the same patch for several slides. */
export interface Change {
  readonly slideIds: readonly string[]
  readonly patch: SlidePatch
}

/** The most slides that the server changes in one step. */
export const BATCH = 1000

/** What several slides agree on: one value, or that they differ. */
export type Shared<T> = { readonly same: true; readonly value: T } | { readonly same: false }

export function shared<T>(slides: readonly SlideSummary[], read: (slide: SlideSummary) => T): Shared<T> {
  const values = slides.map(read)
  const first = values[0] as T
  const wanted = JSON.stringify(first)
  return values.every((value) => JSON.stringify(value) === wanted) ? { same: true, value: first } : { same: false }
}

/** Tags that all slides carry, and those that only some do. */
export function sharedTags(slides: readonly Pick<SlideSummary, 'tags'>[]): { all: string[]; some: string[] } {
  const counts = new Map<string, number>()
  for (const { tags } of slides) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  const names = [...counts.keys()].sort((a, b) => a.localeCompare(b))
  return {
    all: names.filter((tag) => counts.get(tag) === slides.length),
    some: names.filter((tag) => counts.get(tag) !== slides.length),
  }
}

/** The calls that put a tag on all slides or take it off; slides that need no change get none. */
export function tagChanges(slides: readonly SlideSummary[], tag: string, on: boolean): Change[] {
  const affected = slides.filter((slide) => slide.tags.includes(tag) !== on)
  return changesBy(affected, (slide) => ({
    tags: on ? [...slide.tags, tag] : slide.tags.filter((one) => one !== tag),
  }))
}

/** The calls that make every slide what `patchOf` says of it, as few as possible. */
export function changesBy(slides: readonly SlideSummary[], patchOf: (slide: SlideSummary) => SlidePatch): Change[] {
  const groups = new Map<string, { patch: SlidePatch; ids: string[] }>()
  for (const slide of slides) {
    const patch = patchOf(slide)
    const key = JSON.stringify(patch)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { patch, ids: [slide.slide_id] })
    else group.ids.push(slide.slide_id)
  }
  return [...groups.values()].flatMap(({ patch, ids }) => inBatches(ids).map((slideIds) => ({ slideIds, patch })))
}

export function inBatches(ids: readonly string[]): string[][] {
  const batches: string[][] = []
  for (let at = 0; at < ids.length; at += BATCH) batches.push(ids.slice(at, at + BATCH))
  return batches
}

/** The calls that give slides back what `patch` is about to take from them. */
export function inverseChanges(slides: readonly SlideSummary[], patch: SlidePatch): Change[] {
  return changesBy(slides, (slide) => inverseOf(slide, patch))
}

function inverseOf(slide: SlideSummary, patch: SlidePatch): SlidePatch {
  const back: Record<string, unknown> = {}
  for (const key of Object.keys(patch) as (keyof SlidePatch)[]) {
    if (key === 'fields') back['fields'] = formerFields(slide.fields, patch.fields ?? {})
    else if (key !== 'mpp') back[key] = slide[key]
  }
  // The kind follows the stain unless somebody says otherwise, so the former one is said with it.
  if ('stain' in patch) back['stain_kind'] = slide.stain_kind
  return back
}

function formerFields(
  former: Readonly<Record<string, FieldValue>>,
  patch: Readonly<Record<string, FieldValue>>,
): Record<string, FieldValue> {
  return Object.fromEntries(Object.keys(patch).map((key) => [key, former[key] ?? null]))
}

/** A slide as it will be after a patch, shown until the server's own answer is there. */
export function patched(slide: SlideSummary, patch: SlidePatch): SlideSummary {
  const { fields, ...rest } = patch
  const merged = { ...slide.fields, ...fields }
  const kept = Object.entries(merged).filter(([, value]) => value !== null)
  // The pixel size lies under other names in a slide; a name cannot be taken away.
  const said = Object.entries(rest).filter(([key, value]) => key !== 'mpp' && !(key === 'name' && value === null))
  return { ...slide, ...Object.fromEntries(said), fields: Object.fromEntries(kept) }
}
