/** How a person draws: kept in this browser, the same on every slide. */
import { Store } from '../../model/store'
import type { Joining } from './pen'

export interface DrawingSettings {
  /** Diameter of brush and eraser in CSS pixels: finer on the slide when zoomed in. */
  readonly brushPx: number
  /** How far a colour may be from the one pressed on, in CIE76 units. */
  readonly wandTolerance: number
  /** Keep the tool in hand after a shape. */
  readonly keepDrawing: boolean
  /** A new area ends where its neighbour begins. */
  readonly sharedBorders: boolean
  /** What a press without Shift or Alt does; for fingers, that have neither. */
  readonly joining: Joining
  /** A pen has been seen: it draws, fingers move the slide. */
  readonly penSeen: boolean
}

export const BRUSH_RANGE = { least: 4, most: 200 } as const
export const TOLERANCE_RANGE = { least: 2, most: 60 } as const
const STORED = 'coverslip.drawing'
const FIRST: DrawingSettings = {
  brushPx: 30,
  wandTolerance: 12,
  keepDrawing: false,
  sharedBorders: false,
  joining: 'new',
  penSeen: false,
}

/** What of a stored value makes sense. */
export function readSettings(text: string | null): DrawingSettings {
  try {
    const value = JSON.parse(text ?? '{}') as Partial<Record<keyof DrawingSettings, unknown>> | null
    const within = (number: unknown, { least, most }: { least: number; most: number }, other: number) =>
      typeof number === 'number' && number >= least && number <= most ? number : other
    return {
      ...FIRST,
      brushPx: within(value?.brushPx, BRUSH_RANGE, FIRST.brushPx),
      wandTolerance: within(value?.wandTolerance, TOLERANCE_RANGE, FIRST.wandTolerance),
      keepDrawing: value?.keepDrawing === true,
      sharedBorders: value?.sharedBorders === true,
    }
  } catch {
    return FIRST
  }
}

function stored(): string | null {
  try {
    return typeof window === 'undefined' ? null : window.localStorage.getItem(STORED)
  } catch {
    return null
  }
}

export const drawingSettings = new Store<DrawingSettings>(readSettings(stored()))

drawingSettings.subscribe(() => {
  const { brushPx, wandTolerance, keepDrawing, sharedBorders } = drawingSettings.get()
  try {
    window.localStorage.setItem(STORED, JSON.stringify({ brushPx, wandTolerance, keepDrawing, sharedBorders }))
  } catch {
    // A browser that keeps nothing starts with these again.
  }
})

/** A brush one step larger or smaller. */
export function resizeBrush(direction: 1 | -1): void {
  const { brushPx } = drawingSettings.get()
  const next = Math.round(direction === 1 ? brushPx * 1.2 + 1 : (brushPx - 1) / 1.2)
  drawingSettings.set({ brushPx: Math.min(BRUSH_RANGE.most, Math.max(BRUSH_RANGE.least, next)) })
}
