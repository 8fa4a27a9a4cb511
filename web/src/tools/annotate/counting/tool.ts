/** Counting by clicks: Shift counts for the other tally, Alt takes a mark away, a drag moves the slide. */
import { NEAR_PX } from '../../tool'
import { ClickTool } from '../click'
import { type DrawTool, type PenEvent, positionOf } from '../pen'
import { drawingSettings } from '../settings'
import type { Counting } from './counting'

export class CountingTool extends ClickTool implements DrawTool {
  readonly id = 'counting'

  constructor(private readonly counting: Counting) {
    super()
  }

  protected clicked(event: PenEvent): void {
    const { joining } = drawingSettings.get()
    if (event.alt || joining === 'subtract') this.counting.unmark(positionOf(event.at), NEAR_PX * event.resolution)
    else this.counting.click(positionOf(event.at), event.shift || joining === 'add')
  }

  pause(): void {
    super.cancel()
  }

  /** Put down: the numbers are written. */
  override cancel(): boolean {
    this.counting.keep()
    return super.cancel()
  }
}
