/** The ruler: drag from end to end, or click the one and then the other. Shift keeps to 45° steps. */
import type { Point } from '../../model/frame'
import { CLICK_PX, type Sketch, type Tool, type ToolEvent } from '../tool'

type State = 'idle' | 'dragging' | 'placing'

export class Ruler implements Tool {
  readonly id = 'ruler'
  private state: State = 'idle'

  constructor(private readonly sketch: Sketch) {}

  down(event: ToolEvent): boolean {
    if (this.state === 'placing') {
      this.follow(event)
      return true
    }
    this.state = 'dragging'
    this.sketch.setDraft({ kind: 'ruler', points: [event.at, event.at], open: true })
    return true
  }

  drag(event: ToolEvent): boolean {
    this.follow(event)
    return true
  }

  move(event: ToolEvent): boolean {
    if (this.state === 'placing') this.follow(event)
    return true
  }

  up(event: ToolEvent): boolean {
    this.follow(event)
    const draft = this.sketch.draft()
    const [from, to] = draft?.points ?? []
    if (draft === null || from === undefined || to === undefined) return true
    if (event.apart(from, to) >= CLICK_PX) {
      this.state = 'idle'
      this.sketch.keep({ ...draft, open: false })
    } else this.state = 'placing'
    return true
  }

  doubleClick(): boolean {
    return true
  }

  cancel(): boolean {
    const had = this.sketch.draft() !== null
    this.state = 'idle'
    this.sketch.setDraft(null)
    return had
  }

  private follow(event: ToolEvent): void {
    const draft = this.sketch.draft()
    const from = draft?.points[0]
    if (draft === null || from === undefined) return
    this.sketch.setDraft({ ...draft, points: [from, event.shift ? straightened(from, event.at) : event.at] })
  }
}

/** The point moved onto the nearest line through `from` at a multiple of 45°. */
export function straightened(from: Point, to: Point): Point {
  const dx = to.x - from.x
  const dy = to.y - from.y
  const angle = (Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) * Math.PI) / 4
  const length = dx * Math.cos(angle) + dy * Math.sin(angle)
  return { x: from.x + length * Math.cos(angle), y: from.y + length * Math.sin(angle) }
}
