/**
 * The drawing on one slide: the document of annotations, the layer that shows them, and what tools may do with
 * both. A panel reads `state`, calls the commands and draws nothing itself.
 */
import { t } from '../../i18n'
import type { AnnotationSession } from '../../live/session'
import type { Matrix } from '../../model/alignment'
import type { Point } from '../../model/frame'
import { meanMpp } from '../../model/magnification'
import { bounds, isArea, roundGeometry, simplify, translate, vertices } from '../../model/annotations/shapes'
import type { Annotation, Draft, Geometry, Position } from '../../model/annotations/types'
import { pixelSize, planeNumber } from '../../model/slide'
import { Store } from '../../model/store'
import { AnnotationLayer, type Sketching } from '../../viewer/annotations/layer'
import { boxOf, screenAxes } from '../../viewer/annotations/lens'
import type { Viewer } from '../../viewer/viewer'
import type { Toolbox } from '../toolbox'
import { clipboard, draftsOf, pasted } from './clipboard'
import { besides, cleaned, joined } from './combine'
import { type CommandId, Commands } from './commands'
import { BrushCircle } from './brush/circle'
import { Counting } from './counting/counting'
import { EditTool } from './edit/edit'
import { makeTool } from './make'
import type { DrawToolId } from './ids'
import type { Board, DrawTool, Joining, PenEvent } from './pen'
import { drawingSettings } from './settings'

export interface DrawingOptions {
  /** How another slide lies on this one, in level-0 pixels, where somebody has aligned them. */
  readonly alignment?: (slideId: string) => Matrix | null
}

export interface DrawingState {
  readonly tool: DrawToolId | null
  /** Words are asked for at this place; with the id of the text that is being changed. */
  readonly asking: { readonly at: Position; readonly editing: string | null; readonly text: string } | null
  /** A shape is half drawn. */
  readonly open: boolean
}

/** Show the annotations of a session on a slide and let people draw, until the toolbox lets go of them. */
export function drawOn(toolbox: Toolbox, session: AnnotationSession, options: DrawingOptions = {}): Drawing {
  const drawing = new Drawing(toolbox.viewer, session, options)
  toolbox.attach(drawing)
  return drawing
}

/** Copies on the same slide lie this far beside their originals, in CSS pixels. */
const BESIDE_PX = 16
/** Others see a shape being drawn with at most so many corners. */
const MOST_TOLD = 300

export class Drawing implements Board {
  readonly state = new Store<DrawingState>({ tool: null, asking: null, open: false })
  readonly document: AnnotationSession['document']
  readonly layer: AnnotationLayer
  readonly commands: Commands
  readonly counting: Counting
  /** What is in hand when no tool is. */
  readonly edit: DrawTool
  private readonly circle: BrushCircle
  private readonly ends: (() => void)[] = []
  private release: () => void = () => undefined

  constructor(
    readonly viewer: Viewer,
    private readonly session: Pick<AnnotationSession, 'document' | 'presence' | 'say'>,
    private readonly options: DrawingOptions = {},
  ) {
    this.document = session.document
    this.layer = new AnnotationLayer(viewer, session.document, session.presence)
    this.commands = new Commands(session.document, this.layer, () => {
      const size = pixelSize(viewer.slide)
      return size === null ? null : meanMpp(size)
    })
    this.edit = new EditTool(this)
    this.counting = new Counting(this, viewer.slide, [t('draw.count.positive'), t('draw.count.negative')])
    this.circle = new BrushCircle(viewer)
    this.ends.push(
      () => this.layer.close(),
      () => this.circle.close(),
      viewer.state.subscribe(() => this.tellView()),
      this.layer.sketching.subscribe(() => this.tellShape()),
    )
    this.tellView()
    this.layer.sketching.set({ handles: true })
  }

  close(): void {
    this.session.say({ cursor: null, viewport: null, drawing: null, tool: '' })
    for (const end of this.ends) end()
  }

  /** The toolbox says which tool is in hand, and hears when it is to be put down. */
  taken(tool: DrawToolId | null, release: () => void): void {
    this.release = release
    this.state.set({ tool })
    this.circle.show(tool)
    // Handles would be in the way of what is drawn over them.
    this.layer.sketching.set({ handles: tool === null || tool === 'select' })
    this.session.say({ tool: tool ?? '' })
  }

  make(id: DrawToolId): DrawTool {
    return makeTool(id, this)
  }

  mayDraw(): boolean {
    return this.document.mayDraw()
  }

  /** Put the tool down: Move is in hand again. */
  putDown(): void {
    if (!drawingSettings.get().keepDrawing) this.release()
  }

  // What tools ask of the board.

  sketch(change: Partial<Sketching>): void {
    this.layer.sketching.set(change)
    const { draft } = this.layer.sketching.get()
    if (this.state.get().open !== (draft !== null)) this.state.set({ open: draft !== null })
  }

  joining(event: PenEvent): Joining {
    const asked = event.alt ? 'subtract' : event.shift ? 'add' : drawingSettings.get().joining
    // Nothing is there to join to: it is a shape of its own. Taking away from nothing stays taking away.
    return asked === 'add' && this.target() === null && !this.hasPoints() ? 'new' : asked
  }

  target(): Annotation | null {
    const only = this.only()
    return only !== null && isArea(only.geometry) ? only : null
  }

  private hasPoints(): boolean {
    const kind = this.only()?.geometry.kind
    return kind === 'point' || kind === 'multipoint'
  }

  private only(): Annotation | null {
    const [id, more] = this.document.state.get().selection
    const annotation = id === undefined || more !== undefined ? undefined : this.document.get(id)
    return annotation !== undefined && this.document.mayChange(annotation) ? annotation : null
  }

  finish(geometry: Geometry, joining: Joining): void {
    const shape = isArea(geometry) ? cleaned(geometry) : roundGeometry(geometry)
    if (shape !== null) this.put(shape, joining)
    if (drawingSettings.get().keepDrawing) return
    const { tool } = this.state.get()
    if (tool !== null && !STAYING.has(tool)) this.release()
  }

  private put(shape: Geometry, joining: Joining): void {
    const target = this.target()
    if (joining !== 'new' && isArea(shape)) {
      if (target === null) return
      const result = joined(target.geometry, shape, joining)
      if (result === null) this.document.remove([target.annotation_id])
      else this.document.change(target.annotation_id, { geometry: result })
      return
    }
    const fitted = drawingSettings.get().sharedBorders && isArea(shape) ? this.fitted(shape) : shape
    if (fitted !== null) this.create([{ geometry: fitted, ...this.place() }])
  }

  /** The new area without what its neighbours cover. */
  private fitted(shape: Geometry): Geometry | null {
    const neighbours = this.document.within(bounds(shape)).filter((one) => this.layer.isShown(one))
    return besides(shape, neighbours.map((one) => one.geometry))
  }

  /** Put new objects on the slide and select them. */
  create(drafts: readonly Draft[]): void {
    if (!this.mayDraw() || drafts.length === 0) return
    this.document.select(this.document.create(drafts))
  }

  place(): { plane: number; time: number } {
    const { plane, time } = this.viewer.state.get().choice
    return { plane: planeNumber(this.viewer.slide, plane), time }
  }

  cursor(css: string): void {
    if (this.viewer.element.style.cursor !== css) this.viewer.element.style.cursor = css
  }

  pixels(): ImageData | null {
    return this.viewer.pixels()
  }

  askText(at: Position, editing: string | null): void {
    const geometry = editing === null ? undefined : this.document.get(editing)?.geometry
    this.state.set({ asking: { at, editing, text: geometry?.kind === 'text' ? geometry.text : '' } })
  }

  /** The words that were asked for; empty words change nothing, `null` gives up. */
  write(text: string | null): void {
    const { asking } = this.state.get()
    this.state.set({ asking: null })
    const words = text?.trim() ?? ''
    if (asking === null || words === '') return
    const geometry = roundGeometry({ kind: 'text', at: asking.at, text: words })
    if (asking.editing !== null) this.document.change(asking.editing, { geometry })
    else this.create([{ geometry, ...this.place() }])
    if (!drawingSettings.get().keepDrawing && this.state.get().tool === 'text') this.release()
  }

  // What keys, buttons and menus ask for.

  /** Whether a command would do something now. */
  can(id: CommandId): boolean {
    if (id === 'paste') return clipboard.get().copied !== null && this.mayDraw()
    return this.commands.can(id)
  }

  /** Do a command; `um` is by how much to grow. False: it did nothing. */
  run(id: CommandId, um = 0): boolean {
    switch (id) {
      case 'copy':
        return this.copy()
      case 'paste':
        return this.paste()
      case 'duplicate':
        return this.duplicate()
      case 'grow':
        return this.commands.grow(um)
      case 'simplify':
        // A pixel of the screen is what the eye can tell.
        return this.commands.simplify(this.viewer.state.get().camera.resolution)
      case 'lock':
      case 'unlock':
        return this.commands.lock(id === 'lock')
      default:
        return this.commands[id]()
    }
  }

  private copy(): boolean {
    const annotations = this.commands.selected()
    if (annotations.length === 0) return false
    const { classes } = this.document.state.get()
    const classNames = new Map([...classes.values()].map((one) => [one.class_id, one.name]))
    const { slide, size } = this.viewer
    clipboard.set({ copied: { slide_id: slide.slide_id, slide: { ...size, mpp_x: slide.mpp_x, mpp_y: slide.mpp_y }, annotations, classNames } })
    return true
  }

  private paste(): boolean {
    const { copied } = clipboard.get()
    if (copied === null || !this.mayDraw()) return false
    const { slide, size } = this.viewer
    const drafts = pasted(copied, {
      slide_id: slide.slide_id,
      slide: { ...size, mpp_x: slide.mpp_x, mpp_y: slide.mpp_y },
      classes: this.document.state.get().classes,
      alignment: this.options.alignment?.(copied.slide_id) ?? null,
      view: boxOf(this.layer.lens(), 0),
      offset: this.beside(),
    })
    this.create(drafts.map((draft) => ({ ...draft, ...this.place() })))
    return true
  }

  private duplicate(): boolean {
    const annotations = this.commands.selected()
    if (annotations.length === 0 || !this.mayDraw()) return false
    const [dx, dy] = this.beside()
    const moved = draftsOf(annotations, (geometry) => translate(geometry, dx, dy), (id) => id)
    this.create(moved.map((draft, i) => ({ ...draft, plane: annotations[i]?.plane ?? 0, time: annotations[i]?.time ?? 0 })))
    return true
  }

  /** To the lower right as seen. */
  private beside(): Position {
    const { camera } = this.viewer.state.get()
    const { across, down } = screenAxes(camera)
    const by = BESIDE_PX * camera.resolution
    return [(across.x + down.x) * by, (across.y + down.y) * by]
  }

  /** The class of a key, from 1: for what is selected, and for everything drawn from here on. */
  classByKey(key: number): boolean {
    const found = [...this.document.state.get().classes.values()].find((one) => one.hotkey === key)
    if (found === undefined) return false
    this.chooseClass(found.class_id)
    return true
  }

  chooseClass(classId: string | null): void {
    this.document.setActiveClass(classId)
    this.commands.classify(classId)
  }

  // What the others are told.

  private told: { pointer: Point | null; camera: unknown; viewport: unknown } | null = null

  private tellView(): void {
    const { pointer, camera, viewport } = this.viewer.state.get()
    const { told } = this
    if (told?.pointer === pointer && told.camera === camera && told.viewport === viewport) return
    this.told = { pointer, camera, viewport }
    this.session.say({ cursor: pointer === null ? null : [pointer.x, pointer.y], viewport: { ...camera, ...viewport } })
  }

  private lastTold: Geometry | null = null

  private tellShape(): void {
    const { draft, moved } = this.layer.sketching.get()
    const [first] = moved.values()
    const shape = draft ?? first ?? null
    if (shape === this.lastTold) return
    this.lastTold = shape
    const { resolution } = this.viewer.state.get().camera
    // A long freehand line is told as well as a screen shows it.
    const told = shape !== null && vertices(shape).length > MOST_TOLD ? simplify(shape, 2 * resolution) : shape
    this.session.say({ drawing: told })
  }
}

const STAYING: ReadonlySet<DrawToolId> = new Set(['brush', 'eraser', 'wand', 'points', 'select', 'counting', 'text'])
