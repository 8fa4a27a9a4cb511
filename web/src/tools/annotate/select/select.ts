/** Select by a box, or by a click; Shift adds, Alt takes away. Straight on the screen, whatever the slide's rotation. */
import type { Point } from '../../../model/frame'
import type { SelectMode } from '../../../model/annotations/types'
import { bounds, contains } from '../../../model/annotations/shapes'
import { shapeBetween } from '../drag/drag'
import { CLICK_PX } from '../../tool'
import { type Board, type DrawTool, type PenEvent, positionOf } from '../pen'
import { drawMark, HALO } from '../../../viewer/annotations/marks'

const REACH_PX = 6
const LINE = '#ffffff'

export class SelectTool implements DrawTool {
  readonly id = 'select'
  readonly stays = true
  private from: Point | null = null

  constructor(private readonly board: Board) {}

  down(event: PenEvent): boolean {
    this.from = event.at
    return true
  }

  drag(event: PenEvent): boolean {
    const { from } = this
    if (from === null) return true
    const box = shapeBetween('rectangle', from, event.at, event)
    this.board.sketch({
      extra: (context, lens) =>
        drawMark(context, box, lens, { colour: LINE, opacity: 1, fill: 0.08, width: 1.5, dashed: true, halo: HALO }),
    })
    return true
  }

  move(): boolean {
    return true
  }

  up(event: PenEvent): boolean {
    const { from } = this
    this.cancel()
    if (from === null) return true
    const mode = modeOf(event)
    if (event.apart(from, event.at) < CLICK_PX) {
      const found = this.board.layer.at(positionOf(event.at), REACH_PX)
      const clicked = mode === 'add' ? 'toggle' : mode
      if (found !== null) this.board.document.select([found.annotation_id], clicked)
      else if (mode === 'replace') this.board.document.select([])
      return true
    }
    const box = shapeBetween('rectangle', from, event.at, event)
    const found = this.board.layer.inside(bounds(box)).filter(({ geometry }) => {
      const { minX, minY, maxX, maxY } = bounds(geometry)
      return contains(box, [(minX + maxX) / 2, (minY + maxY) / 2])
    })
    this.board.document.select(found.map((one) => one.annotation_id), mode)
    return true
  }

  doubleClick(): boolean {
    return true
  }

  cancel(): boolean {
    const had = this.from !== null
    this.from = null
    this.board.sketch({ extra: null })
    return had
  }
}

function modeOf(event: PenEvent): SelectMode {
  return event.alt ? 'remove' : event.shift ? 'add' : 'replace'
}
