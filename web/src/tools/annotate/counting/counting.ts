/**
 * Counting in a frame of known area or in a number of high-power fields. Frames and marks are annotations like any
 * other: they stay, others see them, they are exported; the numbers are written onto the first frame at the end.
 */
import { pixelSize, type PixelSize, type Slide } from '../../../model/slide'
import {
  type Count,
  countMeasurements,
  countOf,
  DEFAULT_FIELD_NUMBER,
  DEFAULT_OBJECTIVE,
  fieldAround,
  type Fields,
  FRAME,
  frameArea,
  frameAround,
  percentage,
  TALLY,
} from '../../../model/annotations/counting'
import { newId } from '../../../model/annotations/ids'
import { contains } from '../../../model/annotations/shapes'
import type { Annotation, AnnotationPatch, Position } from '../../../model/annotations/types'
import { Store } from '../../../model/store'
import { TALLY_NO } from '../../../viewer/annotations/layer'
import type { Board } from '../pen'

export interface CountingState {
  /** What frames and marks of one count carry; null before the first frame. */
  readonly series: string | null
  readonly by: 'area' | 'fields'
  readonly area_mm2: number
  readonly fields: Fields
  /** One tally, or two whose share is wanted (Ki-67). */
  readonly tallies: readonly string[]
  /** Which tally a click without Shift counts for. */
  readonly active: number
}

export interface Counted {
  readonly frames: readonly Annotation[]
  /** How many frames there are to be in all. */
  readonly wanted: number
  readonly area_mm2: number | null
  readonly tallies: readonly (Count & { readonly name: string })[]
  readonly share: ReturnType<typeof percentage>
}

export class Counting {
  readonly state: Store<CountingState>
  private readonly size: PixelSize | null
  private changed = false

  constructor(
    private readonly board: Pick<Board, 'document' | 'place'>,
    slide: Pick<Slide, 'mpp_x' | 'mpp_y'>,
    tallies: readonly string[],
  ) {
    this.size = pixelSize(slide)
    this.state = new Store<CountingState>({
      series: null,
      by: 'area',
      area_mm2: 1,
      fields: { count: 10, fieldNumber: DEFAULT_FIELD_NUMBER, objective: DEFAULT_OBJECTIVE },
      tallies,
      active: 0,
    })
  }

  /** Whether anything can be counted: an area needs a pixel size. */
  get possible(): boolean {
    return this.size !== null
  }

  /** Frames and marks of the count, wherever they were made. */
  counted(): Counted {
    const { series, by, fields, tallies } = this.state.get()
    const own = series === null ? [] : this.members(series)
    const frames = own.filter((one) => one.properties[TALLY] === undefined)
    const marks = own.filter((one) => one.properties[TALLY] !== undefined)
    const areas = frames.map((one) => frameArea(one.geometry, this.size))
    const area = areas.length === 0 || areas.includes(null) ? null : areas.reduce<number>((sum, one) => sum + (one ?? 0), 0)
    const counts = tallies.map((name, i) => {
      const inside = marks.filter((one) => one.properties[TALLY_NO] === i + 1 && this.frameAt(frames, one) !== null)
      return { name, ...countOf(inside.length, area) }
    })
    const [first, second] = counts
    const share = first === undefined || second === undefined ? null : percentage(first.n, second.n)
    return { frames, wanted: by === 'area' ? 1 : fields.count, area_mm2: area, tallies: counts, share }
  }

  /** A click: a frame where one is still wanted, else a mark in a frame. False: nothing was counted. */
  click(at: Position, other: boolean): boolean {
    if (this.size === null) return false
    const { frames, wanted } = this.counted()
    const inside = frames.find((one) => contains(one.geometry, at))
    if (inside !== undefined) return this.mark(at, inside, other)
    return frames.length < wanted && this.frame(at, this.size)
  }

  /** Take a mark away. */
  unmark(at: Position, reach: number): boolean {
    const { series } = this.state.get()
    if (series === null) return false
    const near = this.members(series)
      .filter((one) => one.properties[TALLY] !== undefined && this.board.document.mayChange(one))
      .map((one) => ({ one, far: one.geometry.kind === 'point' ? Math.hypot(one.geometry.at[0] - at[0], one.geometry.at[1] - at[1]) : Infinity }))
      .sort((a, b) => a.far - b.far)[0]
    if (near === undefined || near.far > reach) return false
    this.board.document.remove([near.one.annotation_id])
    this.changed = true
    return true
  }

  /** Go on with a count that is on the slide, known by any of its frames or marks. */
  resume(annotation: Annotation): boolean {
    const series = annotation.properties[FRAME]
    if (typeof series !== 'string') return false
    const names: string[] = []
    for (const { properties } of this.members(series)) {
      const [no, name] = [properties[TALLY_NO], properties[TALLY]]
      if (typeof no === 'number' && typeof name === 'string') names[no - 1] = name
    }
    const { tallies } = this.state.get()
    this.state.set({ series, active: 0, tallies: tallies.map((name, i) => names[i] ?? name) })
    return true
  }

  /** Begin anew: the next click puts a frame down. What was counted stays on the slide. */
  renew(change: Partial<Pick<CountingState, 'by' | 'area_mm2' | 'fields' | 'tallies'>> = {}): void {
    this.keep()
    this.state.set({ ...change, series: null, active: 0 })
  }

  /** Write the numbers onto the first frame, if anything was counted since. */
  keep(): void {
    if (!this.changed) return
    this.changed = false
    const { frames, tallies, area_mm2 } = this.counted()
    const first = frames.find((one) => this.board.document.mayChange(one))
    if (first === undefined) return
    const values = countMeasurements(new Map(tallies.map(({ name, n }) => [name, n])), area_mm2)
    const patch: AnnotationPatch = Object.fromEntries(Object.entries(values).map(([name, value]) => [`measurements.${name}`, value]))
    this.board.document.change(first.annotation_id, patch)
  }

  private frame(at: Position, size: PixelSize): boolean {
    const { by, area_mm2, fields } = this.state.get()
    const series = this.state.get().series ?? newId()
    const geometry = by === 'area' ? frameAround(at, area_mm2, size) : fieldAround(at, fields, size)
    const [id] = this.board.document.create([{ geometry, ...this.board.place(), class_id: null, properties: { [FRAME]: series } }])
    if (id === undefined) return false
    this.state.set({ series })
    this.changed = true
    return true
  }

  private mark(at: Position, frame: Annotation, other: boolean): boolean {
    const { series, tallies, active } = this.state.get()
    const which = other && tallies.length > 1 ? (active + 1) % tallies.length : active
    const properties = { [FRAME]: series, [TALLY]: tallies[which], [TALLY_NO]: which + 1 }
    const ids = this.board.document.create([
      { geometry: { kind: 'point', at }, ...this.board.place(), class_id: null, parent_id: frame.annotation_id, properties },
    ])
    this.changed ||= ids.length > 0
    return ids.length > 0
  }

  private members(series: string): Annotation[] {
    return [...this.board.document.state.get().annotations.values()].filter((one) => one.properties[FRAME] === series)
  }

  private frameAt(frames: readonly Annotation[], { geometry }: Annotation): Annotation | null {
    if (geometry.kind !== 'point') return null
    const { at } = geometry
    return frames.find((one) => contains(one.geometry, at)) ?? null
  }
}
