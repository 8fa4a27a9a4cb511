/**
 * Fields of known area: a click puts one down, a drag moves it, a click on it counts it off. They are drawn true to
 * scale and stay until they are taken away.
 */
import { type Field, fieldAt, type FieldKind } from '../../model/fields'
import type { Point } from '../../model/frame'
import { pixelSize, type PixelSize, type Slide } from '../../model/slide'
import { Store } from '../../model/store'
import { CLICK_PX, type Tool, type ToolEvent } from '../tool'

export interface FieldsState {
  fields: readonly Field[]
  kind: FieldKind
}

/** The fields of one slide. */
export class Fields {
  readonly state: Store<FieldsState>
  readonly size: PixelSize | null

  constructor(slide: Pick<Slide, 'mpp_x' | 'mpp_y'>, kind: FieldKind) {
    this.size = pixelSize(slide)
    this.state = new Store<FieldsState>({ fields: [], kind })
  }

  choose(kind: Partial<FieldKind>): void {
    this.state.set({ kind: { ...this.state.get().kind, ...kind } })
  }

  add(at: Point): void {
    if (this.size === null) return
    const { fields, kind } = this.state.get()
    const no = Math.max(0, ...fields.map((field) => field.no)) + 1
    this.state.set({ fields: [...fields, { ...kind, x: at.x, y: at.y, no, counted: false }] })
  }

  change(no: number, change: Partial<Field>): void {
    this.state.set({ fields: this.state.get().fields.map((field) => (field.no === no ? { ...field, ...change } : field)) })
  }

  at(point: Point): Field | null {
    return this.size === null ? null : fieldAt(this.state.get().fields, point, this.size)
  }

  removeLast(): void {
    this.state.set({ fields: this.state.get().fields.slice(0, -1) })
  }

  clear(): void {
    if (this.state.get().fields.length > 0) this.state.set({ fields: [] })
  }
}

export class FieldsTool implements Tool {
  readonly id = 'fields'
  private held: { field: Field | null; from: Point; moved: boolean } | null = null

  constructor(private readonly fields: Fields) {}

  down(event: ToolEvent): boolean {
    this.held = { field: this.fields.at(event.at), from: event.at, moved: false }
    // Beside all fields a drag moves the slide; only a click there puts a field down.
    return this.held.field !== null
  }

  drag(event: ToolEvent): boolean {
    const { held } = this
    if (held === null) return true
    if (!held.moved && event.apart(held.from, event.at) < CLICK_PX) return held.field !== null
    held.moved = true
    if (held.field === null) return false
    const { field, from } = held
    this.fields.change(field.no, { x: field.x + event.at.x - from.x, y: field.y + event.at.y - from.y })
    return true
  }

  move(): boolean {
    return false
  }

  up(event: ToolEvent): boolean {
    const { held } = this
    this.held = null
    if (held === null) return false
    if (held.moved || event.apart(held.from, event.at) >= CLICK_PX) return held.field !== null
    if (held.field === null) this.fields.add(event.at)
    else this.fields.change(held.field.no, { counted: !held.field.counted })
    return held.field !== null
  }

  doubleClick(): boolean {
    return true
  }

  cancel(): boolean {
    const { held } = this
    this.held = null
    if (held?.field === null || held?.field === undefined || !held.moved) return false
    this.fields.change(held.field.no, { x: held.field.x, y: held.field.y })
    return true
  }
}
