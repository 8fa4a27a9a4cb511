/**
 * Lines and polygons corner by corner: click after click, freehand while dragging. A double click or Enter ends
 * them, a polygon also its first corner. A drag that begins a shape ends it when the pointer lifts.
 */
import type { Point } from '../../../model/frame'
import { simplify } from '../../../model/annotations/shapes'
import type { Geometry } from '../../../model/annotations/types'
import { CLICK_PX, NEAR_PX } from '../../tool'
import { type Board, type DrawTool, type Joining, type PenEvent, positionOf } from '../pen'

/** Freehand points closer together than this on the screen are one. */
const STEP_PX = 2.5
/** What freehand leaves out may lie this far from the line. */
const SMOOTH_PX = 0.5

type State = 'idle' | 'corners' | 'freehand'

export interface CornersOptions {
  readonly id: 'polygon' | 'polyline' | 'split'
  /** Takes the line instead of the board. */
  readonly done?: (geometry: Geometry) => void
}

export class CornersTool implements DrawTool {
  readonly stays = false
  readonly id: CornersOptions['id']
  private state: State = 'idle'
  private points: Point[] = []
  private hover: Point | null = null
  private pressed: Point | null = null
  private joining: Joining = 'new'
  /** The whole shape is one freehand stroke. */
  private stroke = false
  private freehand = false
  private resolution = 1

  constructor(
    private readonly board: Board,
    private readonly options: CornersOptions,
  ) {
    this.id = options.id
  }

  down(event: PenEvent): boolean {
    this.pressed = event.at
    this.resolution = event.resolution
    this.hover = null
    if (this.state === 'idle') {
      this.state = 'corners'
      this.stroke = true
      this.freehand = false
      this.joining = this.id === 'polygon' ? this.board.joining(event) : 'new'
      this.points = [event.at]
    } else if (this.closes(event)) {
      this.finish()
      return true
    } else {
      this.stroke = false
      this.points.push(event.at)
    }
    this.show()
    return true
  }

  drag(event: PenEvent): boolean {
    const { pressed } = this
    if (pressed === null || this.state === 'idle') return true
    if (this.state === 'corners' && event.apart(pressed, event.at) < CLICK_PX) return true
    this.state = 'freehand'
    this.freehand = true
    const last = this.points.at(-1)
    if (last === undefined || event.apart(last, event.at) >= STEP_PX) this.points.push(event.at)
    this.show()
    return true
  }

  move(event: PenEvent): boolean {
    if (this.state !== 'corners') return this.state !== 'idle'
    this.hover = event.at
    this.show()
    return true
  }

  up(event: PenEvent): boolean {
    this.pressed = null
    if (this.state !== 'freehand') return true
    if (this.stroke) {
      const last = this.points.at(-1)
      if (last !== undefined && event.apart(last, event.at) > 0) this.points.push(event.at)
      this.finish()
    } else this.state = 'corners'
    return true
  }

  doubleClick(event: PenEvent): boolean {
    // The double click's own two presses left corners on one spot.
    this.points = this.points.filter((point, i) => i === 0 || event.apart(point, this.points[i - 1] as Point) >= CLICK_PX)
    return this.state === 'idle' || this.finish()
  }

  finish(): boolean {
    if (this.state === 'idle') return false
    const { points, joining, freehand } = this
    const smooth = freehand ? SMOOTH_PX * this.resolution : 0
    this.cancel()
    const shape = this.shapeOf(points)
    if (shape === null) return true
    const kept = smooth > 0 ? simplify(shape, smooth) : shape
    if (this.options.done === undefined) this.board.finish(kept, joining)
    else this.options.done(kept)
    return true
  }

  back(): boolean {
    if (this.state !== 'corners') return false
    this.points.pop()
    if (this.points.length === 0) this.cancel()
    else this.show()
    return true
  }

  pause(): void {
    // A press that turned out to be the first of two fingers put no corner there.
    if (this.pressed !== null) {
      this.points.pop()
      this.pressed = null
    }
    this.hover = null
    if (this.state === 'freehand' || this.points.length === 0) this.cancel()
    else this.show()
  }

  cancel(): boolean {
    const had = this.state !== 'idle'
    this.state = 'idle'
    this.points = []
    this.hover = null
    this.pressed = null
    this.board.sketch({ draft: null })
    return had
  }

  private closes(event: PenEvent): boolean {
    const { points } = this
    const end = this.id === 'polygon' ? points[0] : points.at(-1)
    const enough = points.length >= (this.id === 'polygon' ? 3 : 2)
    return end !== undefined && enough && event.apart(end, event.at) <= (this.id === 'polygon' ? NEAR_PX : CLICK_PX)
  }

  private shapeOf(points: readonly Point[]): Geometry | null {
    const positions = points.map(positionOf)
    if (this.id !== 'polygon') return positions.length < 2 ? null : { kind: 'polyline', points: positions }
    return positions.length < 3 ? null : { kind: 'polygon', rings: [positions] }
  }

  private show(): void {
    const points = this.hover === null ? this.points : [...this.points, this.hover]
    const draft = this.shapeOf(points)
    // Two corners of a polygon are a line, so that one sees where it goes.
    const line = { kind: 'polyline', points: points.map(positionOf) } as const
    this.board.sketch({ draft: draft ?? (points.length === 2 ? line : null) })
  }
}
