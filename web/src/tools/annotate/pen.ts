/**
 * What drawing tools see and what they may do. A tool is a small state machine over a pointer; whatever ends it,
 * nothing half drawn stays behind.
 */
import type { Point } from '../../model/frame'
import type { AnnotationDocument } from '../../model/annotations/document'
import type { Annotation, Geometry, Position } from '../../model/annotations/types'
import type { AnnotationLayer, Sketching } from '../../viewer/annotations/layer'
import type { Tool, ToolEvent } from '../tool'
import type { DrawToolId } from './ids'

export interface PenEvent extends ToolEvent {
  /** CSS pixels in the viewport. */
  screen: Point
  /** Where a place of the viewport lies on the slide. */
  toSlide(screen: Point): Point
  alt: boolean
  /** Ctrl, or Cmd on a Mac. */
  ctrl: boolean
  pointer: 'mouse' | 'pen' | 'touch'
  /** Level-0 pixels per CSS pixel. */
  resolution: number
  /** Right and down on the screen, as directions on the slide. */
  across: Point
  down: Point
}

/** Whether a shape is a new one, is joined to the selected one or cut out of it. */
export type Joining = 'new' | 'add' | 'subtract'

export interface DrawTool extends Omit<Tool, 'id' | 'down' | 'drag' | 'move' | 'up' | 'doubleClick'> {
  readonly id: DrawToolId | 'edit'
  /** It stays in hand after a shape, because one shape is rarely all. */
  readonly stays: boolean
  down(event: PenEvent): boolean
  drag(event: PenEvent): boolean
  move(event: PenEvent): boolean
  up(event: PenEvent): boolean
  doubleClick(event: PenEvent): boolean
  /** The slide is moved in between: give up the press, keep the corners. Without it, all is given up. */
  pause?(): void
  /** Enter. False: there was nothing to finish. */
  finish?(): boolean
  /** Backspace: take back the last corner. False: there was none. */
  back?(): boolean
}

/** The slide's drawing as a tool sees it. */
export interface Board {
  readonly document: Pick<
    AnnotationDocument,
    'state' | 'get' | 'create' | 'change' | 'changeMany' | 'remove' | 'select' | 'together' | 'within' | 'mayChange'
  >
  readonly layer: Pick<AnnotationLayer, 'at' | 'inside' | 'isShown' | 'lens'>
  /** Show something above what is durable. */
  sketch(change: Partial<Sketching>): void
  /** What a press with these keys begins. */
  joining(event: PenEvent): Joining
  /** The one selected area, if it may be changed. */
  target(): Annotation | null
  /** The shape is done: keep it, join it or cut it out; the tool goes out of hand if it does not stay. */
  finish(geometry: Geometry, joining: Joining): void
  /** Where new objects go: the focal plane and time point that are shown. */
  place(): { plane: number; time: number }
  /** What the pointer looks like. */
  cursor(css: string): void
  /** The pixels on the screen, one for each CSS pixel. */
  pixels(): ImageData | null
  /** Ask the person for words at a place. */
  askText(at: Position, editing: string | null): void
}

export function positionOf({ x, y }: Point): Position {
  return [x, y]
}
