/**
 * Tools are small state machines over pointer gestures. A tool draws into a shared list of throw-away
 * measurements; leaving it, whatever the reason, drops what is half drawn.
 */
import type { Point } from '../model/frame'
import type { DrawToolId } from './annotate/ids'

export type MeasureId = 'ruler' | 'area'
export type ToolId = MeasureId | 'fields' | DrawToolId

/** One measurement on the slide; points are level-0 pixels. */
export interface Measurement {
  kind: MeasureId
  points: Point[]
  /** Still being drawn: the last point follows the cursor. */
  open: boolean
}

export interface ToolEvent {
  /** Where on the slide, in level-0 pixels. */
  at: Point
  /** How far apart two slide points are on the screen, in CSS pixels. */
  apart(a: Point, b: Point): number
  shift: boolean
}

/** What a tool may do with the drawing it is part of. */
export interface Sketch {
  /** The measurement being drawn, or null. */
  draft(): Measurement | null
  setDraft(measurement: Measurement | null): void
  /** Keep the draft as finished. */
  keep(measurement: Measurement): void
}

/** A tool: returns true for what it has handled, so that the slide does not move. */
export interface Tool {
  readonly id: MeasureId | 'fields'
  down(event: ToolEvent): boolean
  drag(event: ToolEvent): boolean
  move(event: ToolEvent): boolean
  up(event: ToolEvent): boolean
  doubleClick(event: ToolEvent): boolean
  /** Escape: true when there was something to give up. */
  cancel(): boolean
}

/** Presses closer than this to a point mean that point, in CSS pixels. */
export const NEAR_PX = 10
/** A press and release closer than this is a click, not a drag. */
export const CLICK_PX = 4
