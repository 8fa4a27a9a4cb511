/** The area tool: click corner after corner, or drag freehand; the first corner or a double click closes it. */
import type { Point } from '../../model/frame'
import { CLICK_PX, NEAR_PX, type Sketch, type Tool, type ToolEvent } from '../tool'

/** Freehand points closer together than this on the screen are one. */
const STEP_PX = 3

type State = 'idle' | 'corners' | 'freehand'

export class Area implements Tool {
  readonly id = 'area'
  private state: State = 'idle'
  private pressed: Point | null = null

  constructor(private readonly sketch: Sketch) {}

  down(event: ToolEvent): boolean {
    this.pressed = event.at
    const points = this.sketch.draft()?.points ?? []
    if (this.state === 'idle') {
      this.state = 'corners'
      this.sketch.setDraft({ kind: 'area', points: [event.at, event.at], open: true })
    } else if (this.closes(event, points)) this.finish(points.slice(0, -1))
    else this.sketch.setDraft({ kind: 'area', points: [...points.slice(0, -1), event.at, event.at], open: true })
    return true
  }

  drag(event: ToolEvent): boolean {
    const points = this.sketch.draft()?.points
    if (points === undefined || this.pressed === null) return true
    if (this.state === 'corners' && event.apart(this.pressed, event.at) < CLICK_PX) return true
    this.state = 'freehand'
    const last = points[points.length - 2]
    const fixed = last === undefined || event.apart(last, event.at) >= STEP_PX ? points : points.slice(0, -1)
    this.sketch.setDraft({ kind: 'area', points: [...fixed, event.at], open: true })
    return true
  }

  move(event: ToolEvent): boolean {
    const points = this.sketch.draft()?.points
    if (this.state === 'corners' && points !== undefined)
      this.sketch.setDraft({ kind: 'area', points: [...points.slice(0, -1), event.at], open: true })
    return true
  }

  up(): boolean {
    this.pressed = null
    const points = this.sketch.draft()?.points
    if (this.state === 'freehand' && points !== undefined) this.finish(points)
    return true
  }

  doubleClick(event: ToolEvent): boolean {
    const points = this.sketch.draft()?.points
    // The double click's own two presses left corners on one spot.
    if (points !== undefined) this.finish(points.filter((point, i) => i === 0 || event.apart(point, points[i - 1] as Point) >= CLICK_PX))
    return true
  }

  cancel(): boolean {
    const had = this.sketch.draft() !== null
    this.state = 'idle'
    this.pressed = null
    this.sketch.setDraft(null)
    return had
  }

  private closes(event: ToolEvent, points: readonly Point[]): boolean {
    const first = points[0]
    return first !== undefined && points.length > 3 && event.apart(first, event.at) <= NEAR_PX
  }

  private finish(points: Point[]): void {
    this.state = 'idle'
    if (points.length >= 3) this.sketch.keep({ kind: 'area', points, open: false })
    else this.sketch.setDraft(null)
  }
}
