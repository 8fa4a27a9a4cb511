/**
 * Move: what is in hand when no other tool is. A click selects, Shift takes more, Ctrl and a drag draws a box around
 * them; the selected are moved by their inside and reshaped by their handles. Beside them a drag moves the slide.
 */
import type { Point } from '../../../model/frame'
import { bounds, isArea, roundGeometry } from '../../../model/annotations/shapes'
import type { Annotation, Geometry, Position } from '../../../model/annotations/types'
import { type EditMode, type Frame, frameOf, type Handle, handleAt, handlesOf } from '../../../viewer/annotations/handles'
import { CLICK_PX } from '../../tool'
import { cleaned } from '../combine'
import { type Board, type DrawTool, type PenEvent, positionOf } from '../pen'
import { SelectTool } from '../select/select'
import { bent, movedBy, scaled, turned, withoutCorner } from './transform'

const REACH_PX = { mouse: 8, pen: 10, touch: 20 } as const
const HIT_PX = { mouse: 5, pen: 7, touch: 14 } as const

type Holding =
  | { readonly kind: 'handle'; readonly handle: Handle }
  | { readonly kind: 'body' }
  | { readonly kind: 'box' }
  | { readonly kind: 'nothing' }

interface Held {
  readonly holding: Holding
  readonly from: Point
  /** The selected as they were when they were taken. */
  readonly before: readonly Annotation[]
  readonly frame: Frame | null
  moved: boolean
  now: readonly Geometry[]
}

export class EditTool implements DrawTool {
  readonly id = 'edit'
  readonly stays = true
  private held: Held | null = null
  private mode: EditMode = 'corners'
  private readonly box: SelectTool

  constructor(private readonly board: Board) {
    this.box = new SelectTool(board)
  }

  down(event: PenEvent): boolean {
    const selected = this.selected()
    const holding = this.holdingAt(event, selected)
    const frame = frameOf(selected.map((one) => one.geometry))
    this.held = { holding, from: event.at, before: selected, frame, moved: false, now: [] }
    if (holding.kind === 'box') return this.box.down(event)
    if (holding.kind === 'handle' || holding.kind === 'body') return true
    // Shift on an object is for selecting; elsewhere it turns the slide as ever.
    return event.shift && this.below(event) !== null
  }

  drag(event: PenEvent): boolean {
    const { held } = this
    if (held === null) return false
    if (held.holding.kind === 'box') return this.box.drag(event)
    if (!held.moved && event.apart(held.from, event.at) < CLICK_PX) return held.holding.kind !== 'nothing'
    held.moved = true
    if (held.holding.kind === 'nothing') return false
    held.now = this.reshaped(held, event)
    this.board.sketch({ moved: new Map(held.before.map((one, i) => [one.annotation_id, held.now[i] ?? one.geometry])) })
    return true
  }

  move(event: PenEvent): boolean {
    const selected = this.selected()
    const holding = this.holdingAt(event, selected)
    if (holding.kind === 'handle') this.board.cursor(holding.handle.kind === 'turn' ? 'grab' : 'crosshair')
    else if (holding.kind === 'body') this.board.cursor('move')
    else this.board.cursor(this.below(event) === null ? '' : 'pointer')
    return false
  }

  up(event: PenEvent): boolean {
    const { held } = this
    this.held = null
    if (held === null) return false
    if (held.holding.kind === 'box') return this.box.up(event)
    if (held.moved || event.apart(held.from, event.at) >= CLICK_PX) {
      if (held.holding.kind === 'nothing') return false
      this.keep(held)
      return true
    }
    this.board.sketch({ moved: new Map() })
    const { holding } = held
    if (holding.kind === 'handle' && holding.handle.kind === 'vertex' && event.alt) this.removeCorner(held, holding.handle)
    else if (holding.kind !== 'handle') this.click(event)
    return holding.kind !== 'nothing'
  }

  doubleClick(event: PenEvent): boolean {
    const below = this.below(event)
    if (below === null || !this.board.document.state.get().selection.has(below.annotation_id)) return false
    if (below.geometry.kind === 'text') this.board.askText(below.geometry.at, below.annotation_id)
    else {
      this.mode = this.mode === 'corners' ? 'frame' : 'corners'
      this.board.sketch({ mode: this.mode })
    }
    return true
  }

  cancel(): boolean {
    const { held } = this
    this.held = null
    if (held === null) return false
    this.box.cancel()
    this.board.sketch({ moved: new Map() })
    return held.moved
  }

  /** The selected ones, if all of them may be changed; what is locked is selected but keeps still. */
  private selected(): Annotation[] {
    const { selection } = this.board.document.state.get()
    const found: Annotation[] = []
    for (const id of selection) {
      const annotation = this.board.document.get(id)
      if (annotation === undefined || !this.board.layer.isShown(annotation)) continue
      if (!this.board.document.mayChange(annotation)) return []
      found.push(annotation)
    }
    return found
  }

  private holdingAt(event: PenEvent, selected: readonly Annotation[]): Holding {
    if (event.ctrl) return { kind: 'box' }
    if (selected.length === 0) return { kind: 'nothing' }
    const lens = this.board.layer.lens()
    const handles = handlesOf(selected.map((one) => one.geometry), this.mode, lens)
    const handle = handleAt(handles, positionOf(event.at), lens, REACH_PX[event.pointer])
    if (handle !== null) return { kind: 'handle', handle }
    const below = event.shift ? null : this.below(event)
    const own = below !== null && selected.some((one) => one.annotation_id === below.annotation_id)
    if (!own || coversView(below.geometry, lens)) return { kind: 'nothing' }
    return { kind: 'body' }
  }

  private below(event: PenEvent): Annotation | null {
    return this.board.layer.at(positionOf(event.at), HIT_PX[event.pointer])
  }

  private reshaped(held: Held, event: PenEvent): Geometry[] {
    const { holding, before, frame, from } = held
    const shapes = before.map((one) => one.geometry)
    const to = positionOf(event.at)
    if (holding.kind === 'body') return movedBy(shapes, event.at.x - from.x, event.at.y - from.y)
    const [only] = shapes
    if (holding.kind !== 'handle' || frame === null || only === undefined) return shapes
    const { handle } = holding
    // A handle is taken beside its middle: what is held stays under the pointer.
    const target: Position = [handle.at[0] + event.at.x - from.x, handle.at[1] + event.at.y - from.y]
    if (handle.kind === 'turn') return turned(shapes, frame, positionOf(from), to, event.shift)
    if (handle.kind === 'scale') return scaled(shapes, frame, handle, target, event.shift)
    return [bent(only, handle, target)]
  }

  /** One step of undo, however many moved. What crosses itself now is mended; what has no area stays as it was. */
  private keep(held: Held): void {
    const { before, now, holding } = held
    this.board.sketch({ moved: new Map() })
    const way = holding.kind === 'body' ? wayOf(before[0]?.geometry, now[0]) : null
    const changes = before.flatMap((annotation, i) => {
      const raw = now[i]
      if (raw === undefined) return []
      const geometry = isArea(raw) ? cleaned(raw) : roundGeometry(raw)
      if (geometry === null) return []
      // A nucleus goes with its cell.
      const nucleus = annotation.nucleus === null || way === null ? {} : { nucleus: roundGeometry(movedBy([annotation.nucleus], way[0], way[1])[0] as Geometry) }
      return [{ id: annotation.annotation_id, patch: { geometry, ...nucleus } }]
    })
    if (changes.length > 0) this.board.document.changeMany(changes)
  }

  private removeCorner(held: Held, handle: Extract<Handle, { kind: 'vertex' }>): void {
    const [annotation] = held.before
    const geometry = annotation === undefined ? null : withoutCorner(annotation.geometry, handle)
    if (annotation !== undefined && geometry !== null)
      this.board.document.change(annotation.annotation_id, { geometry: roundGeometry(geometry) })
  }

  private click(event: PenEvent): void {
    const below = this.below(event)
    const { document } = this.board
    if (below === null) {
      if (!event.shift && document.state.get().selection.size > 0) document.select([])
      return
    }
    if (!document.state.get().selection.has(below.annotation_id)) {
      this.mode = 'corners'
      this.board.sketch({ mode: 'corners' })
    }
    document.select([below.annotation_id], event.shift ? 'toggle' : 'replace')
  }
}

function wayOf(before: Geometry | undefined, now: Geometry | undefined): [number, number] | null {
  if (before === undefined || now === undefined) return null
  const [a, b] = [bounds(before), bounds(now)]
  return [b.minX - a.minX, b.minY - a.minY]
}

/** What fills the whole view is ground, not an object: a drag there moves the slide. */
function coversView(geometry: Geometry, lens: ReturnType<Board['layer']['lens']>): boolean {
  const { minX, minY, maxX, maxY } = bounds(geometry)
  const { width, height } = lens.viewport
  return Math.min((maxX - minX) / width, (maxY - minY) / height) / lens.camera.resolution > 1
}
