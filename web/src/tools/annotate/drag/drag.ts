/** Shapes between two points: rectangle, ellipse, line, arrow. Drag, or click the one and then the other. */
import { type Point, quarterTurns } from '../../../model/frame'
import type { Geometry } from '../../../model/annotations/types'
import { straightened } from '../../ruler/ruler'
import { CLICK_PX } from '../../tool'
import { type Board, type DrawTool, type Joining, type PenEvent, positionOf } from '../pen'

export type DragShape = 'rectangle' | 'ellipse' | 'line' | 'arrow'

type State = 'idle' | 'dragging' | 'placing'

/** A rectangle or ellipse lies straight on the screen, whatever the slide's rotation; this is its turn on the slide. */
function turnOf({ across }: Pick<PenEvent, 'across'>): { rotation: number; swapped: boolean } {
  const angle = Math.atan2(across.y, across.x)
  const quarter = quarterTurns(angle)
  if (quarter !== null) return { rotation: 0, swapped: quarter % 2 === 1 }
  // A box looks the same after half a turn: the smaller angle says it.
  const rotation = angle > Math.PI / 2 ? angle - Math.PI : angle <= -Math.PI / 2 ? angle + Math.PI : angle
  return { rotation, swapped: false }
}

/** The shape between two points of the slide, straight as the screen is. */
export function shapeBetween(shape: DragShape, from: Point, to: Point, view: Pick<PenEvent, 'across' | 'down'>): Geometry {
  if (shape === 'line' || shape === 'arrow') return { kind: shape, points: [positionOf(from), positionOf(to)] }
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const along = Math.abs(dx * view.across.x + dy * view.across.y)
  const downward = Math.abs(dx * view.down.x + dy * view.down.y)
  const { rotation, swapped } = turnOf(view)
  const [width, height] = swapped ? [downward, along] : [along, downward]
  const [cx, cy] = [(from.x + to.x) / 2, (from.y + to.y) / 2]
  if (shape === 'ellipse') return { kind: 'ellipse', cx, cy, rx: width / 2, ry: height / 2, rotation }
  return { kind: 'rectangle', x: cx - width / 2, y: cy - height / 2, width, height, rotation }
}

/** The second point moved so that both sides are as long as the longer one, as seen. */
export function squared(from: Point, to: Point, { across, down }: Pick<PenEvent, 'across' | 'down'>): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const along = dx * across.x + dy * across.y
  const downward = dx * down.x + dy * down.y
  const side = Math.max(Math.abs(along), Math.abs(downward))
  const [u, v] = [along < 0 ? -side : side, downward < 0 ? -side : side]
  return { x: from.x + u * across.x + v * down.x, y: from.y + u * across.y + v * down.y }
}

export class DragTool implements DrawTool {
  readonly stays = false
  private state: State = 'idle'
  private from: Point | null = null
  private shape: Geometry | null = null
  private joining: Joining = 'new'

  constructor(
    readonly id: DragShape,
    private readonly board: Board,
  ) {}

  down(event: PenEvent): boolean {
    if (this.state === 'placing') {
      this.follow(event)
      return true
    }
    this.state = 'dragging'
    this.from = event.at
    this.joining = this.isArea() ? this.board.joining(event) : 'new'
    return true
  }

  drag(event: PenEvent): boolean {
    this.follow(event)
    return true
  }

  move(event: PenEvent): boolean {
    if (this.state === 'placing') this.follow(event)
    return true
  }

  up(event: PenEvent): boolean {
    const { from } = this
    if (from === null) return true
    this.follow(event)
    if (event.apart(from, event.at) < CLICK_PX) {
      this.state = 'placing'
      return true
    }
    const { shape, joining } = this
    this.cancel()
    // A box without width has no area to keep.
    if (shape !== null && !isFlat(shape, event)) this.board.finish(shape, joining)
    return true
  }

  doubleClick(): boolean {
    return true
  }

  cancel(): boolean {
    const had = this.state !== 'idle'
    this.state = 'idle'
    this.from = null
    this.shape = null
    this.board.sketch({ draft: null })
    return had
  }

  private follow(event: PenEvent): void {
    const { from } = this
    if (from === null) return
    // Shift and Alt say what becomes of an area; a line needs neither, so there Shift keeps it straight.
    const straight = event.ctrl || (event.shift && this.joining !== 'add')
    const to = !straight ? event.at : this.isArea() ? squared(from, event.at, event) : straightened(from, event.at)
    this.shape = shapeBetween(this.id, from, to, event)
    this.board.sketch({ draft: this.shape })
  }

  private isArea(): boolean {
    return this.id === 'rectangle' || this.id === 'ellipse'
  }
}

function isFlat(shape: Geometry, { resolution }: PenEvent): boolean {
  if (shape.kind === 'rectangle') return Math.min(shape.width, shape.height) < resolution
  return shape.kind === 'ellipse' && 2 * Math.min(shape.rx, shape.ry) < resolution
}
