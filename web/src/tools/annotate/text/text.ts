/** Text: a click says where; the words are asked for beside it. */
import type { Point } from '../../../model/frame'
import { CLICK_PX } from '../../tool'
import { type Board, type DrawTool, type PenEvent, positionOf } from '../pen'

export class TextTool implements DrawTool {
  readonly id = 'text'
  readonly stays = true
  private pressed: Point | null = null

  constructor(private readonly board: Board) {}

  down(event: PenEvent): boolean {
    this.pressed = event.at
    return true
  }

  drag(): boolean {
    return true
  }

  move(): boolean {
    return false
  }

  up(event: PenEvent): boolean {
    const { pressed } = this
    this.pressed = null
    if (pressed !== null && event.apart(pressed, event.at) < CLICK_PX) this.board.askText(positionOf(event.at), null)
    return true
  }

  doubleClick(): boolean {
    return true
  }

  cancel(): boolean {
    this.pressed = null
    return false
  }
}
