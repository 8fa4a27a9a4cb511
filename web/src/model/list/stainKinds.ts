import type { SlideSummary, StainKind } from '../../api/slides'
import { type Readable, Store } from '../store'

/** Which kind each stain is, as far as slides have said so: lists of cases tell their stains by name alone. */
export class StainKinds {
  private readonly store = new Store<{ kinds: Readonly<Record<string, StainKind>> }>({ kinds: {} })

  get state(): Readable<{ kinds: Readonly<Record<string, StainKind>> }> {
    return this.store
  }

  learn(slides: readonly Pick<SlideSummary, 'stain' | 'stain_kind'>[]): void {
    const { kinds } = this.store.get()
    const fresh = slides.filter(({ stain, stain_kind: kind }) => stain !== null && kind !== null && kinds[stain] !== kind)
    if (fresh.length === 0) return
    const said = fresh.map(({ stain, stain_kind: kind }) => [stain, kind] as [string, StainKind])
    this.store.set({ kinds: { ...kinds, ...Object.fromEntries(said) } })
  }
}
