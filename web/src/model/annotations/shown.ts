/** What of a ledger people see, as maps that are new only where something changed. */
import { BoxIndex } from './boxIndex'
import { KEPT_BESIDE } from './conflicts'
import type { Ledger, Touched } from './ledger'
import { isShown } from './ops'
import type { Box } from './shapes'
import type { Annotation, Comment, Conflict, Layer } from './types'

export class Shown {
  annotations: ReadonlyMap<string, Annotation> = new Map()
  comments: ReadonlyMap<string, Comment> = new Map()
  layers: ReadonlyMap<string, Layer> = new Map()
  private readonly index = new BoxIndex()
  /** Second versions of an outline, of which somebody has to choose. */
  private readonly variants = new Set<string>()

  constructor(private readonly ledger: Ledger) {}

  /** Everything anew. */
  all(): void {
    this.layers = this.ledger.layers()
    const annotations = new Map<string, Annotation>()
    this.variants.clear()
    for (const id of this.ledger.annotationIds()) this.place(annotations, id)
    this.annotations = annotations
    this.index.rebuild(annotations)
    const comments = new Map<string, Comment>()
    for (const id of this.ledger.commentIds()) this.placeComment(comments, id)
    this.comments = comments
  }

  update(touched: Touched): void {
    if (touched.layers) {
      const before = new Set(this.layers.keys())
      this.layers = this.ledger.layers()
      if (before.size !== this.layers.size || [...this.layers.keys()].some((id) => !before.has(id))) {
        this.all()
        return
      }
    }
    if (touched.annotations.size > 0) {
      const annotations = new Map(this.annotations)
      for (const id of touched.annotations) this.place(annotations, id)
      this.annotations = annotations
      this.index.update(touched.annotations, annotations)
    }
    // A comment on an annotation goes and comes with it.
    const about = touched.annotations.size > 0 ? this.ledger.commentIds() : touched.comments
    if (about.size > 0) {
      const comments = new Map(this.comments)
      for (const id of about) this.placeComment(comments, id)
      this.comments = comments
    }
  }

  within(box: Box): Annotation[] {
    return this.index
      .within(box)
      .map((id) => this.annotations.get(id))
      .filter((one) => one !== undefined)
      .sort((a, b) => (a.annotation_id < b.annotation_id ? -1 : 1))
  }

  conflicts(me: string): Conflict[] {
    const found: Conflict[] = []
    for (const id of this.variants) {
      const variant = this.annotations.get(id)
      const original = this.annotations.get(variant?.variant_of ?? '')
      if (variant === undefined || original === undefined || variant.properties[KEPT_BESIDE] === true) continue
      const own = variant.author_id === me
      const [mine, theirs] = own ? [variant, original] : [original, variant]
      found.push({ conflict_id: id, original, variant, mine, theirs, mine_name: mine.author_name, theirs_name: theirs.author_name })
    }
    return found
  }

  private place(annotations: Map<string, Annotation>, id: string): void {
    const now = this.ledger.annotation(id)
    if (now === undefined || !isShown(now, this.layers)) {
      annotations.delete(id)
      this.variants.delete(id)
      return
    }
    annotations.set(id, now)
    if (now.variant_of !== null) this.variants.add(id)
  }

  private placeComment(comments: Map<string, Comment>, id: string): void {
    const now = this.ledger.comment(id)
    const shown = now !== undefined && !now.deleted && (now.on.kind !== 'annotation' || this.annotations.has(now.on.annotation_id))
    if (shown) comments.set(id, now)
    else comments.delete(id)
  }
}
