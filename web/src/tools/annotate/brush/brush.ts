/**
 * Brush, eraser and wand: each takes in a patch of the slide wherever the pointer goes, and the patches become one
 * area. A press inside the selected area goes on with it; Alt, or the eraser, takes away.
 */
import type { Point } from '../../../model/frame'
import { union } from '../../../model/annotations/booleans'
import { hit, isArea, simplify } from '../../../model/annotations/shapes'
import type { Annotation, Geometry } from '../../../model/annotations/types'
import { joined } from '../combine'
import { type Board, type DrawTool, type Joining, type PenEvent, positionOf } from '../pen'

/** What the hand does not mean to draw, in CSS pixels. */
const SMOOTH_PX = 0.35
/** Previews are not made more often than the screen can show them. */
const FRAME_MS = 16

export interface Patches {
  readonly id: 'brush' | 'eraser' | 'wand'
  /** Called at the press, before the first patch. */
  begin?(): void
  /** The area taken in between the last place and this one; null: nothing here. */
  patch(event: PenEvent, last: Point): Geometry | null
  end?(): void
}

export class BrushTool implements DrawTool {
  readonly stays = true
  readonly id: Patches['id']
  private last: Point | null = null
  private area: Geometry | null = null
  private target: Annotation | null = null
  private joining: Joining = 'new'
  private shownAt = -Infinity

  constructor(
    private readonly board: Board,
    private readonly patches: Patches,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.id = patches.id
  }

  down(event: PenEvent): boolean {
    this.area = null
    this.begin(event)
    this.last = event.at
    if (this.joining !== 'new' && this.target === null) {
      // Nothing to take away from: the press is no stroke.
      this.last = null
      return true
    }
    this.patches.begin?.()
    this.take(event)
    return true
  }

  drag(event: PenEvent): boolean {
    if (this.last !== null) this.take(event)
    return true
  }

  move(): boolean {
    return false
  }

  up(event: PenEvent): boolean {
    if (this.last === null) return true
    this.take(event)
    const { area, joining, target } = this
    this.cancel()
    if (area === null) return true
    const shape = simplify(area, SMOOTH_PX * event.resolution)
    if (target !== null) this.board.document.select([target.annotation_id])
    this.board.finish(shape, joining)
    return true
  }

  doubleClick(): boolean {
    return true
  }

  cancel(): boolean {
    const had = this.last !== null
    this.last = null
    this.area = null
    this.target = null
    this.shownAt = -Infinity
    this.patches.end?.()
    this.board.sketch({ draft: null, moved: new Map() })
    return had
  }

  /** Which area the stroke belongs to: the selected one if it is meant, for the eraser whatever lies below. */
  private begin(event: PenEvent): void {
    const selected = this.board.target()
    const asked = this.board.joining(event)
    const at = positionOf(event.at)
    if (this.id === 'eraser') {
      const below = this.board.layer.at(at, 0)
      const usable = below !== null && isArea(below.geometry) && this.board.document.mayChange(below) ? below : null
      this.joining = 'subtract'
      this.target = selected ?? usable
      return
    }
    const inside = selected !== null && hit(selected.geometry, at, 0, true)
    this.joining = asked === 'new' && inside ? 'add' : asked
    this.target = this.joining === 'new' ? null : selected
  }

  private take(event: PenEvent): void {
    const { last } = this
    if (last === null) return
    const patch = this.patches.patch(event, last)
    this.last = event.at
    if (patch === null) return
    this.area = this.area === null ? patch : union(this.area, patch)
    this.show()
  }

  private show(): void {
    const { area, target, joining } = this
    const now = this.now()
    if (area === null || now - this.shownAt < FRAME_MS) return
    if (target === null || joining === 'new') this.board.sketch({ draft: area })
    else {
      const result = joined(target.geometry, area, joining)
      if (result === null) this.board.sketch({ draft: null, moved: new Map([[target.annotation_id, EMPTY]]) })
      else if (this.board.target() === null) this.board.sketch({ draft: result })
      else this.board.sketch({ draft: null, moved: new Map([[target.annotation_id, result]]) })
    }
    // Counted from the end: a large area that takes long to join leaves the hand its time.
    this.shownAt = this.now()
  }
}

/** What is shown of an area that a stroke has eaten up. */
const EMPTY: Geometry = { kind: 'multipolygon', polygons: [] }
