/** The round patch of brush and eraser: as large on the screen at every zoom. */
import type { Point } from '../../../model/frame'
import { drawingSettings } from '../settings'
import type { PenEvent } from '../pen'
import type { Patches } from './brush'
import { swept } from './stroke'

export function roundPatches(id: 'brush' | 'eraser'): Patches {
  return {
    id,
    patch: (event: PenEvent, last: Point) => swept(last, event.at, (drawingSettings.get().brushPx / 2) * event.resolution),
  }
}
