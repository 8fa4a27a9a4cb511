/**
 * The annotations of a slide above its tiles. Outlines that rest are drawn once and kept (see `sheet`); what is
 * selected, being drawn or moved lies above them, then the others' hands.
 */
import type { PresenceState } from '../../live/presence'
import type { AnnotationDocument, DocumentState } from '../../model/annotations/document'
import { area, type Box, hit, overlaps } from '../../model/annotations/shapes'
import type { Annotation, Geometry, Position } from '../../model/annotations/types'
import { isRemoval } from '../../model/results/corrections'
import { planeNumber } from '../../model/slide'
import { Store } from '../../model/store'
import type { Viewer } from '../viewer'
import { drawConflicts } from './conflicts'
import { areMoving, drawHands } from './hands'
import { type EditMode, drawHandles, handlesOf } from './handles'
import { boxOf, type Lens, onScreen } from './lens'
import { Dots, drawMark, drawWords, isDot, type Mark, PLAIN, spansPx } from './marks'
import { outlineOf } from './outline'
import { Sheet } from './sheet'

/** What a person wants to see; kept in the browser, not on the slide. */
export interface LayerChoice {
  readonly hiddenLayers: ReadonlySet<string>
  /** Classes that are not shown; the empty string stands for objects without one. */
  readonly hiddenClasses: ReadonlySet<string>
  readonly names: boolean
  readonly filled: boolean
  readonly cursors: boolean
  readonly viewports: boolean
}

/** What is above the resting outlines while a tool is at work. */
export interface Sketching {
  /** The shape being drawn. */
  readonly draft: Geometry | null
  /** Shapes in other than their durable form: moved, turned, reshaped. */
  readonly moved: ReadonlyMap<string, Geometry>
  readonly mode: EditMode
  readonly handles: boolean
  readonly extra: ((context: CanvasRenderingContext2D, lens: Lens) => void) | null
}

/** Pale sage, which says nothing: told apart from every class of the default list, from eosin, haematoxylin, DAB and glass. */
export const UNCLASSIFIED = '#aaccaa'
/** Which tally, from 1, a mark of a count belongs to. */
export const TALLY_NO = 'counting_no'
/** Okabe and Ito's vermilion and blue: told apart by every eye, on H&E and on DAB. */
const TALLY_COLOURS = ['#d55e00', '#56b4e9'] as const
const LABEL_FROM_PX = 36
const MOST_LABELS = 200
const IDLE: Sketching = { draft: null, moved: new Map(), mode: 'corners', handles: false, extra: null }
const CHOICE: LayerChoice = {
  hiddenLayers: new Set(),
  hiddenClasses: new Set(),
  names: true,
  filled: true,
  cursors: true,
  viewports: true,
}

export class AnnotationLayer {
  readonly choice = new Store<LayerChoice>(CHOICE)
  readonly sketching = new Store<Sketching>(IDLE)
  private readonly sheet: Sheet
  private readonly ends: (() => void)[]
  private resting: Resting | null = null

  constructor(
    private readonly viewer: Viewer,
    readonly document: AnnotationDocument,
    private readonly presence: Store<PresenceState> | null,
  ) {
    this.sheet = new Sheet((context, lens) => this.paintResting(context, lens), () => viewer.render())
    const render = () => viewer.render()
    this.ends = [
      viewer.addOverlay((context) => this.draw(context), 'annotations'),
      viewer.addOverlay((context) => this.drawHands(context), 'hands'),
      document.state.subscribe(render),
      this.choice.subscribe(render),
      this.sketching.subscribe(render),
      ...(presence === null ? [] : [presence.subscribe(render)]),
    ]
  }

  close(): void {
    for (const end of this.ends) end()
    this.sheet.close()
  }

  /** Whether an object is to be seen: its layer and class are on, it lies in the plane that is shown. */
  isShown(annotation: Annotation): boolean {
    if (isRemoval(annotation)) return false
    const { hiddenLayers, hiddenClasses } = this.choice.get()
    if (hiddenLayers.has(annotation.layer_id) || hiddenClasses.has(annotation.class_id ?? '')) return false
    const { slide } = this.viewer
    const { plane, time } = this.viewer.state.get().choice
    if (slide.z_count > 1 && typeof plane === 'number' && annotation.plane !== planeNumber(slide, plane)) return false
    return slide.t_count <= 1 || annotation.time === time
  }

  isHidden(): boolean {
    return !this.document.visible
  }

  /** The object at a place: the smallest of those that are there, because it lies on the others. */
  at(at: Position, tolerancePx: number): Annotation | null {
    if (this.isHidden()) return null
    const reach = tolerancePx * this.viewer.state.get().camera.resolution
    const box = { minX: at[0] - reach, minY: at[1] - reach, maxX: at[0] + reach, maxY: at[1] + reach }
    let best: { annotation: Annotation; size: number } | null = null
    for (const annotation of this.within(box)) {
      if (!this.isShown(annotation) || !hit(annotation.geometry, at, reach, true)) continue
      const size = area(annotation.geometry)
      if (best === null || size <= best.size) best = { annotation, size }
    }
    return best?.annotation ?? null
  }

  /** Everything shown whose middle lies in a box of the slide. */
  inside(box: Box): Annotation[] {
    if (this.isHidden()) return []
    return this.within(box).filter((annotation) => {
      if (!this.isShown(annotation)) return false
      const { box: own } = outlineOf(annotation.geometry)
      const [x, y] = [(own.minX + own.maxX) / 2, (own.minY + own.maxY) / 2]
      return x >= box.minX && x <= box.maxX && y >= box.minY && y <= box.maxY
    })
  }

  /** What touches a box: now, or at the moment in the past that is shown. */
  private within(box: Box): readonly Annotation[] {
    const { at, annotations } = this.document.state.get()
    if (at === null) return this.document.within(box)
    return [...annotations.values()].filter(({ geometry }) => overlaps(outlineOf(geometry).box, box))
  }

  colourOf(classId: string | null): string {
    return (classId === null ? undefined : this.document.state.get().classes.get(classId)?.colour) ?? UNCLASSIFIED
  }

  /** The view as it is now; hands need no density. */
  lens(ratio = 1): Lens {
    const { camera, viewport } = this.viewer.state.get()
    return { camera, viewport, ratio }
  }

  private draw(context: CanvasRenderingContext2D): void {
    if (this.isHidden()) return
    const lens = this.lens(context.getTransform().a)
    this.sheet.draw(context, lens, this.restingNow())
    this.drawSelected(context, lens)
    const { at, conflicts } = this.document.state.get()
    if (at === null) drawConflicts(context, conflicts, lens)
  }

  /** What belongs to the moment and not on a picture: handles, the shape being drawn, the others. */
  private drawHands(context: CanvasRenderingContext2D): void {
    const now = performance.now()
    const lens = this.lens(context.getTransform().a)
    const { handles, mode } = this.sketching.get()
    if (handles && !this.isHidden()) {
      const shown = this.selectedShapes().map(([, geometry]) => geometry)
      drawHandles(context, shown, handlesOf(shown, mode, lens), lens)
    }
    this.drawSketch(context, lens)
    const presence = this.presence?.get()
    if (presence === undefined) return
    drawHands(context, presence, lens, this.choice.get(), now)
    if (areMoving(presence.people.values(), now)) requestAnimationFrame(() => this.viewer.render())
  }

  /** What the kept picture shows; another object as soon as any of it changes. */
  private restingNow(): Resting {
    const { annotations, classes, layers, selection, conflicts } = this.document.state.get()
    const { choice } = this.viewer.state.get()
    const now: Resting = { annotations, classes, layers, selection, conflicts, look: choice, shown: this.choice.get() }
    const { resting } = this
    if (resting !== null && (Object.keys(now) as (keyof Resting)[]).every((key) => resting[key] === now[key])) return resting
    this.resting = now
    return now
  }

  private paintResting(context: CanvasRenderingContext2D, lens: Lens): void {
    const { at, selection, conflicts: now } = this.document.state.get()
    const conflicts = at === null ? now : []
    const apart = new Set(conflicts.flatMap((one) => [one.original.annotation_id, one.variant.annotation_id]))
    const { names } = this.choice.get()
    const dots = new Dots(lens)
    const labelled: Annotation[] = []
    for (const annotation of this.within(boxOf(lens))) {
      const id = annotation.annotation_id
      if (selection.has(id) || apart.has(id) || !this.isShown(annotation)) continue
      const mark = this.markOf(annotation)
      if (isDot(annotation.geometry, lens)) dots.add(annotation.geometry, mark.colour)
      else this.paintOne(context, annotation, annotation.geometry, lens, mark)
      if (names && annotation.name !== '' && spansPx(annotation.geometry, lens) >= LABEL_FROM_PX) labelled.push(annotation)
    }
    dots.draw(context)
    for (const annotation of labelled.slice(-MOST_LABELS)) this.label(context, annotation, annotation.geometry, lens)
  }

  private paintOne(context: CanvasRenderingContext2D, annotation: Annotation, geometry: Geometry, lens: Lens, mark: Mark): void {
    drawMark(context, geometry, lens, mark)
    const { nucleus } = annotation
    // A cell that is being moved shows its nucleus again when it has arrived.
    if (nucleus !== null && geometry === annotation.geometry) drawMark(context, nucleus, lens, { ...mark, fill: 0, width: 1.5 })
  }

  private markOf(annotation: Annotation): Mark {
    const { layers } = this.document.state.get()
    const opacity = layers.get(annotation.layer_id)?.opacity ?? 1
    const fill = this.choice.get().filled ? PLAIN.fill : 0
    const no = annotation.class_id === null ? annotation.properties[TALLY_NO] : undefined
    const tally = typeof no === 'number' ? TALLY_COLOURS[no - 1] : undefined
    return { ...PLAIN, opacity, fill, colour: tally ?? this.colourOf(annotation.class_id) }
  }

  /** The selected that are shown, in the form they have at the moment. */
  private selectedShapes(): [Annotation, Geometry][] {
    const { selection, annotations } = this.document.state.get()
    const { moved } = this.sketching.get()
    return [...selection].flatMap((id): [Annotation, Geometry][] => {
      const annotation = annotations.get(id)
      if (annotation === undefined || !this.isShown(annotation)) return []
      return [[annotation, moved.get(id) ?? annotation.geometry]]
    })
  }

  private drawSelected(context: CanvasRenderingContext2D, lens: Lens): void {
    const { names } = this.choice.get()
    for (const [annotation, geometry] of this.selectedShapes()) {
      if (isOff(geometry, lens)) continue
      this.paintOne(context, annotation, geometry, lens, { ...this.markOf(annotation), opacity: 1, width: 3, halo: '#fff' })
      if (annotation.name !== '' && names) this.label(context, annotation, geometry, lens)
    }
  }

  private drawSketch(context: CanvasRenderingContext2D, lens: Lens): void {
    const { draft, extra } = this.sketching.get()
    if (draft !== null) {
      const colour = this.colourOf(this.document.state.get().activeClass)
      drawMark(context, draft, lens, { ...PLAIN, colour })
    }
    extra?.(context, lens)
  }

  private label(context: CanvasRenderingContext2D, annotation: Annotation, geometry: Geometry, lens: Lens): void {
    if (geometry.kind === 'text') return
    const { box } = outlineOf(geometry)
    const top = [[box.minX, box.minY], [box.maxX, box.minY], [box.maxX, box.maxY], [box.minX, box.maxY]] as const
    const corners = top.map((corner) => onScreen(lens, corner))
    const x = corners.reduce((sum, one) => sum + one.x, 0) / 4
    const y = Math.min(...corners.map((one) => one.y))
    drawWords(context, { x, y: y - 14 }, annotation.name, lens.ratio, this.colourOf(annotation.class_id), 12)
  }
}

interface Resting {
  readonly annotations: DocumentState['annotations']
  readonly classes: DocumentState['classes']
  readonly layers: DocumentState['layers']
  readonly selection: DocumentState['selection']
  readonly conflicts: DocumentState['conflicts']
  readonly look: unknown
  readonly shown: LayerChoice
}

function isOff(geometry: Geometry, lens: Lens): boolean {
  const view = boxOf(lens)
  const { box } = outlineOf(geometry)
  return box.maxX < view.minX || box.minX > view.maxX || box.maxY < view.minY || box.minY > view.maxY
}
