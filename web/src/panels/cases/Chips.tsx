import type { StainKind } from '../../api/slides'
import { StainKinds } from '../../model/list/stainKinds'
import { useStore } from '../shell/useStore'
import style from './Chips.module.css'

/** What all lists of this page have said about stains. */
export const stainKinds = new StainKinds()

/** A stain by name, with a dot in the colour that its kind has under the microscope. */
export function StainChip({ stain, kind = null }: { stain: string; kind?: StainKind | null }) {
  const { kinds } = useStore(stainKinds.state)
  const known = kind ?? kinds[stain]
  return (
    <span className={style.chip} data-stain={stain}>
      {known !== undefined && <span className={style.dot} data-kind={known} aria-hidden="true" />}
      <span className={style.text}>{stain}</span>
    </span>
  )
}

export function TagChip({ tag }: { tag: string }) {
  return (
    <span className={style.chip}>
      <span className={style.text}>{tag}</span>
    </span>
  )
}

/** A few chips in one line; how many more there are is said by a number. */
export function StainChips({ stains, most = 6 }: { stains: readonly string[]; most?: number }) {
  return (
    <span className={style.line}>
      {stains.slice(0, most).map((stain) => (
        <StainChip key={stain} stain={stain} />
      ))}
      {stains.length > most && <span className={style.more}>+{stains.length - most}</span>}
    </span>
  )
}

export function TagChips({ tags, most = 4 }: { tags: readonly string[]; most?: number }) {
  return (
    <span className={style.line}>
      {tags.slice(0, most).map((tag) => (
        <TagChip key={tag} tag={tag} />
      ))}
      {tags.length > most && <span className={style.more}>+{tags.length - most}</span>}
    </span>
  )
}
