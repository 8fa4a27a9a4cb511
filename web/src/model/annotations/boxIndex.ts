/** Where annotations lie: an R-tree (rbush), kept in step one object at a time. */
import RBush from 'rbush'

import { type Box, bounds } from './shapes'
import type { Annotation } from './types'

interface Item extends Box {
  readonly id: string
}

/** More changes than this part of all objects at once: building anew is faster. */
const REBUILD = 0.2

export class BoxIndex {
  private readonly tree = new RBush<Item>()
  private readonly items = new Map<string, Item>()

  /** Take over what changed; `shown` is what there is now. */
  update(changed: Iterable<string>, shown: ReadonlyMap<string, Annotation>): void {
    const ids = [...changed]
    if (ids.length > 64 && ids.length > REBUILD * shown.size) {
      this.rebuild(shown)
      return
    }
    for (const id of ids) {
      const old = this.items.get(id)
      if (old !== undefined) this.tree.remove(old)
      this.items.delete(id)
      const now = shown.get(id)
      if (now !== undefined) this.tree.insert(this.keep(now))
    }
  }

  rebuild(shown: ReadonlyMap<string, Annotation>): void {
    this.tree.clear()
    this.items.clear()
    this.tree.load([...shown.values()].map((one) => this.keep(one)))
  }

  /** Ids of objects whose boxes touch the box. */
  within(box: Box): string[] {
    return this.tree.search(box).map(({ id }) => id)
  }

  private keep(one: Annotation): Item {
    const item = { ...bounds(one.geometry), id: one.annotation_id }
    this.items.set(one.annotation_id, item)
    return item
  }
}
