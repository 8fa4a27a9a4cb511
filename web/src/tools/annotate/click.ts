/** A tool that is used by clicks: a drag moves the slide, unless Shift or Alt is held. */
import type { Point } from '../../model/frame'
import { CLICK_PX } from '../tool'
import type { PenEvent } from './pen'

export abstract class ClickTool {
  readonly stays = true
  private pressed: Point | null = null

  protected abstract clicked(event: PenEvent): void

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
    if (pressed !== null && event.apart(pressed, event.at) < CLICK_PX) this.clicked(event)
    return false
  }

  doubleClick(): boolean {
    return true
  }

  cancel(): boolean {
    this.pressed = null
    return false
  }
}
