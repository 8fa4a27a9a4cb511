/** Counting by clicks: Shift counts for the other tally, Alt takes a mark away, a drag moves the slide. */
import type { Point } from '../../../model/frame'
import { CLICK_PX, NEAR_PX } from '../../tool'
import { type DrawTool, type PenEvent, positionOf } from '../pen'
import { drawingSettings } from '../settings'
import type { Counting } from './counting'

export class CountingTool implements DrawTool {
  readonly id = 'counting'
  readonly stays = true
  private pressed: Point | null = null

  constructor(private readonly counting: Counting) {}

  down(event: PenEvent): boolean {
    this.pressed = event.at
    return event.shift || event.alt
  }

  drag(event: PenEvent): boolean {
    if (this.pressed !== null && event.apart(this.pressed, event.at) >= CLICK_PX) this.pressed = null
    return event.shift || event.alt
  }

  move(): boolean {
    return false
  }

  up(event: PenEvent): boolean {
    const { pressed } = this
    this.pressed = null
    if (pressed === null || event.apart(pressed, event.at) >= CLICK_PX) return false
    const { joining } = drawingSettings.get()
    if (event.alt || joining === 'subtract') this.counting.unmark(positionOf(event.at), NEAR_PX * event.resolution)
    else this.counting.click(positionOf(event.at), event.shift || joining === 'add')
    return false
  }

  doubleClick(): boolean {
    return true
  }

  pause(): void {
    this.pressed = null
  }

  /** Put down: the numbers are written. */
  cancel(): boolean {
    this.pressed = null
    this.counting.keep()
    return false
  }
}
