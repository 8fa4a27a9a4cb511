/** What can be done with the selected annotations: for keys, buttons and the right-click menu alike. */
import { difference, fillHoles, intersection, separate, splitByLine, union } from '../../model/annotations/booleans'
import type { AnnotationDocument } from '../../model/annotations/document'
import { buffer, isArea, roundGeometry, simplify, toPolygons } from '../../model/annotations/shapes'
import type { Annotation, Geometry, Position } from '../../model/annotations/types'
import type { AnnotationLayer } from '../../viewer/annotations/layer'

export const COMMANDS = [
  'merge',
  'subtract',
  'intersect',
  'separate',
  'fillHoles',
  'simplify',
  'grow',
  'duplicate',
  'copy',
  'paste',
  'lock',
  'unlock',
  'remove',
  'selectAll',
  'selectClass',
] as const

export type CommandId = (typeof COMMANDS)[number]

export type Workpiece = Pick<
  AnnotationDocument,
  'state' | 'get' | 'create' | 'change' | 'changeMany' | 'remove' | 'select' | 'together' | 'mayChange' | 'mayDraw' | 'within'
>

export class Commands {
  constructor(
    private readonly document: Workpiece,
    private readonly layer: Pick<AnnotationLayer, 'isShown'>,
    /** Micrometres per level-0 pixel, the mean of both directions; null where nobody knows it. */
    private readonly mpp: () => number | null,
  ) {}

  /** Everything selected, in the order of selecting. */
  selected(): Annotation[] {
    return [...this.document.state.get().selection].flatMap((id) => this.document.get(id) ?? [])
  }

  /** The selected that may be changed. */
  changeable(): Annotation[] {
    return this.selected().filter((one) => this.document.mayChange(one))
  }

  private areas(): Annotation[] {
    return this.changeable().filter((one) => isArea(one.geometry))
  }

  /** Whether a command would do something now. Copying and pasting are the drawing's own. */
  can(id: Exclude<CommandId, 'paste'>): boolean {
    const selected = this.selected()
    const areas = this.areas()
    switch (id) {
      case 'merge':
      case 'intersect':
        return areas.length >= 2
      case 'subtract':
        return areas[0] !== undefined && areas[0] === selected[0] && selected.filter((one) => isArea(one.geometry)).length >= 2
      case 'separate':
        return areas.some((one) => one.geometry.kind === 'multipolygon')
      case 'fillHoles':
        return areas.some((one) => toPolygons(one.geometry).some((rings) => rings.length > 1))
      case 'simplify':
        return this.changeable().some((one) => SIMPLER.has(one.geometry.kind))
      case 'grow':
        return areas.length > 0 && this.mpp() !== null
      case 'lock':
        return this.changeable().some((one) => !one.locked)
      case 'unlock':
        return selected.some((one) => one.locked)
      case 'remove':
        return this.changeable().length > 0
      case 'copy':
        return selected.length > 0
      case 'duplicate':
        return selected.length > 0 && this.document.mayDraw()
      case 'selectAll':
        return this.document.state.get().annotations.size > 0
      case 'selectClass':
        return selected.length > 0
    }
  }

  /** One area of all the selected; it keeps the name and class of the first. */
  merge(): boolean {
    const areas = this.areas()
    const [first, ...rest] = areas
    if (first === undefined || rest.length === 0) return false
    return this.into(first, union(...areas.map((one) => one.geometry)), rest)
  }

  /** The first of the selected without what the others cover; the others stay. */
  subtract(): boolean {
    const [first, ...rest] = this.selected().filter((one) => isArea(one.geometry))
    if (first === undefined || rest.length === 0 || !this.document.mayChange(first)) return false
    return this.into(first, difference(first.geometry, ...rest.map((one) => one.geometry)), [])
  }

  /** What all the selected cover together. Nothing happens where they share nothing. */
  intersect(): boolean {
    const areas = this.areas()
    const [first, ...rest] = areas
    const shared = rest.length === 0 ? null : intersection(...areas.map((one) => one.geometry))
    return first !== undefined && shared !== null && this.into(first, shared, rest)
  }

  private into(first: Annotation, geometry: Geometry | null, gone: readonly Annotation[]): boolean {
    const ids = gone.map((one) => one.annotation_id)
    this.document.together(() => {
      if (geometry === null) this.document.remove([first.annotation_id, ...ids])
      else {
        this.document.change(first.annotation_id, { geometry: roundGeometry(geometry) })
        if (ids.length > 0) this.document.remove(ids)
      }
    })
    this.document.select(geometry === null ? [] : [first.annotation_id])
    return true
  }

  /** Each part of an area that has several becomes an object of its own. */
  separate(): boolean {
    return this.parted(this.areas(), separate)
  }

  /** Cut the selected areas along a line; without a selection those that the line crosses. */
  split(line: readonly Position[]): boolean {
    const selected = this.areas()
    const targets = selected.length > 0 ? selected : this.crossed(line)
    return this.parted(targets, (geometry) => splitByLine(geometry, line))
  }

  private crossed(line: readonly Position[]): Annotation[] {
    const [xs, ys] = [line.map(([x]) => x), line.map(([, y]) => y)]
    const box = { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) }
    return this.document
      .within(box)
      .filter((one) => isArea(one.geometry) && this.layer.isShown(one) && this.document.mayChange(one))
  }

  /** The first part stays the object that it was, the others are new and like it. */
  private parted(annotations: readonly Annotation[], parts: (geometry: Geometry) => readonly Geometry[]): boolean {
    const work = annotations.map((annotation) => ({ annotation, found: parts(annotation.geometry) })).filter(({ found }) => found.length > 1)
    if (work.length === 0) return false
    const ids: string[] = []
    this.document.together(() => {
      for (const { annotation, found } of work) {
        const [first, ...rest] = found.map(roundGeometry)
        if (first === undefined) continue
        this.document.change(annotation.annotation_id, { geometry: first })
        const { layer_id, object_type, parent_id, class_id, name, properties, plane, time } = annotation
        const like = { layer_id, object_type, parent_id, class_id, name, properties, plane, time }
        ids.push(annotation.annotation_id, ...this.document.create(rest.map((geometry) => ({ ...like, geometry }))))
      }
    })
    this.document.select(ids)
    return true
  }

  fillHoles(): boolean {
    return this.each(this.areas().filter((one) => toPolygons(one.geometry).some((rings) => rings.length > 1)), fillHoles)
  }

  /** Fewer corners; what is left out lies at most this many level-0 pixels from the line. */
  simplify(tolerance: number): boolean {
    return this.each(this.changeable().filter((one) => SIMPLER.has(one.geometry.kind)), (geometry) => simplify(geometry, tolerance))
  }

  /** Larger, or with a negative number smaller, by micrometres all around; what shrinks to nothing goes. */
  grow(um: number): boolean {
    const mpp = this.mpp()
    if (mpp === null || um === 0 || !Number.isFinite(um)) return false
    return this.each(this.areas(), (geometry) => buffer(geometry, um / mpp))
  }

  private each(annotations: readonly Annotation[], change: (geometry: Geometry) => Geometry | null): boolean {
    if (annotations.length === 0) return false
    const done = annotations.map((one) => ({ id: one.annotation_id, geometry: change(one.geometry) }))
    const gone = done.filter((one) => one.geometry === null).map((one) => one.id)
    const kept = done.flatMap(({ id, geometry }) => (geometry === null ? [] : [{ id, patch: { geometry: roundGeometry(geometry) } }]))
    this.document.together(() => {
      if (kept.length > 0) this.document.changeMany(kept)
      if (gone.length > 0) this.document.remove(gone)
    })
    return true
  }

  /** Lock or unlock all of them. What is locked can be unlocked by whoever could change it otherwise. */
  lock(locked: boolean): boolean {
    const found = this.selected().filter((one) => one.locked !== locked && this.document.mayChange({ ...one, locked: false }))
    if (found.length === 0) return false
    this.document.changeMany(found.map((one) => ({ id: one.annotation_id, patch: { locked } })))
    return true
  }

  /** Give all the selected a class, and everything drawn from here on. */
  classify(classId: string | null): boolean {
    const found = this.changeable().filter((one) => one.class_id !== classId)
    if (found.length === 0) return false
    this.document.changeMany(found.map((one) => ({ id: one.annotation_id, patch: { class_id: classId } })))
    return true
  }

  remove(): boolean {
    const ids = this.changeable().map((one) => one.annotation_id)
    if (ids.length === 0) return false
    this.document.remove(ids)
    return true
  }

  selectAll(): boolean {
    const shown = [...this.document.state.get().annotations.values()].filter((one) => this.layer.isShown(one))
    this.document.select(shown.map((one) => one.annotation_id))
    return true
  }

  /** Everything of the classes of the selected. */
  selectClass(): boolean {
    const classes = new Set(this.selected().map((one) => one.class_id))
    const alike = [...this.document.state.get().annotations.values()].filter((one) => classes.has(one.class_id) && this.layer.isShown(one))
    this.document.select(alike.map((one) => one.annotation_id))
    return true
  }
}

const SIMPLER: ReadonlySet<Geometry['kind']> = new Set(['polygon', 'multipolygon', 'polyline'])
