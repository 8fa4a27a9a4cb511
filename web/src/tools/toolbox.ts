/** Puts the chosen tool between the pointer and the viewer, and keeps what was measured. */
import Interaction from 'ol/interaction/Interaction.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import { type Point, screenToSlide, slideToScreen } from '../model/frame'
import type { FieldKind } from '../model/fields'
import { Store } from '../model/store'
import { screenAxes } from '../viewer/annotations/lens'
import type { Viewer } from '../viewer/viewer'
import type { Drawing } from './annotate/drawing'
import { isDrawTool } from './annotate/ids'
import type { DrawTool, PenEvent } from './annotate/pen'
import { drawingSettings } from './annotate/settings'
import { Area } from './area/area'
import { drawMeasurements, type MeasureColours } from './draw'
import { drawFields } from './fields/draw'
import { Fields, FieldsTool } from './fields/fields'
import { Ruler } from './ruler/ruler'
import { type Measurement, NEAR_PX, type Sketch, type Tool, type ToolId } from './tool'

export interface ToolboxState {
  active: ToolId | null
  kept: readonly Measurement[]
  draft: Measurement | null
}

export class Toolbox {
  readonly state = new Store<ToolboxState>({ active: null, kept: [], draft: null })
  readonly fields: Fields
  /** The annotations of the slide, as soon as they are there and may be seen. */
  drawing: Drawing | null = null
  private tool: Tool | DrawTool | null = null
  private resting = false
  /** The last two presses, in CSS pixels. */
  private presses: readonly Point[] = []
  private readonly ends: (() => void)[]

  constructor(
    readonly viewer: Viewer,
    colours: () => MeasureColours,
    fieldKind: FieldKind = { shape: 'circle', area_mm2: 1 },
  ) {
    this.fields = new Fields(viewer.slide, fieldKind)
    this.ends = [
      viewer.addInteraction(new ToolInteraction(this)),
      viewer.addOverlay((context) => {
        const { kept, draft } = this.state.get()
        drawFields(context, viewer, this.fields, colours())
        drawMeasurements(context, viewer, draft === null ? kept : [...kept, draft], colours())
      }),
      this.fields.state.subscribe(() => viewer.render()),
      this.state.subscribe(() => viewer.render()),
    ]
  }

  /**
   * Let people draw on the slide. The drawing comes from outside (`drawOn`), because its code is fetched only once the
   * picture is there; it is closed by `detach`.
   */
  attach(drawing: Drawing): void {
    this.detach()
    this.drawing = drawing
    this.pick(this.state.get().active)
    // A right that has gone takes the pen out of hand at once.
    const stop = drawing.document.state.subscribe(() => {
      if (isDrawTool(this.state.get().active) && !drawing.mayDraw()) this.choose(null)
    })
    this.detach = () => {
      stop()
      this.detach = () => undefined
      if (isDrawTool(this.state.get().active)) this.choose(null)
      this.tool?.cancel()
      this.drawing = null
      drawing.close()
      this.pick(this.state.get().active)
    }
  }

  /** Take the annotations away again; what is half drawn is given up. */
  detach: () => void = () => undefined

  /** Take a tool in hand, or null to put it down; the same again puts it down too. */
  choose(id: ToolId | null): void {
    // Selecting is for everybody who looks; drawing is not.
    if (isDrawTool(id) && (this.drawing === null || (id !== 'select' && !this.drawing.mayDraw()))) return
    this.tool?.cancel()
    this.pick(id === this.state.get().active ? null : id)
  }

  private pick(id: ToolId | null): void {
    this.tool = id === null ? (this.drawing?.edit ?? null) : this.make(id)
    this.state.set({ active: id })
    this.drawing?.taken(isDrawTool(id) ? id : null, () => this.choose(null))
    this.showCursor()
  }

  /** Let the pointer move the slide although a tool is in hand, for as long as the space bar is held. */
  rest(resting: boolean): void {
    if (resting) this.interrupt()
    this.resting = resting
    this.showCursor()
  }

  /** Give up the press, because something else began. Corners that were clicked stay. */
  interrupt(): void {
    const { tool } = this
    if (tool === null) return
    if ('pause' in tool && tool.pause !== undefined) tool.pause()
    else tool.cancel()
  }

  /** Escape, step by step: give up the draft, clear what was measured, put the tool down, let go of the selected. False: nothing to do. */
  escape(): boolean {
    if (this.drawing !== null && this.drawing.state.get().asking !== null) {
      this.drawing.write(null)
      return true
    }
    if (this.tool?.cancel() === true) return true
    if (this.state.get().kept.length > 0) {
      this.state.set({ kept: [] })
      return true
    }
    if (this.state.get().active !== null) {
      this.choose(null)
      return true
    }
    if (this.drawing === null || this.drawing.document.state.get().selection.size === 0) return false
    this.drawing.document.select([])
    return true
  }

  /** Enter: the shape is done. False: none was half drawn. */
  finish(): boolean {
    const { tool } = this
    return tool !== null && 'finish' in tool && tool.finish?.() === true
  }

  /** Backspace and Delete: the last corner of what is half drawn, else what is selected. */
  back(): void {
    const { tool } = this
    if (tool !== null && 'back' in tool && tool.back?.() === true) return
    this.drawing?.run('remove')
  }

  /** While a line is being clicked, undo takes back its last corner, not what was drawn before. */
  undo(): void {
    const { tool } = this
    if (tool !== null && 'back' in tool && tool.back?.() === true) return
    this.interrupt()
    this.drawing?.document.undo()
  }

  handle(event: MapBrowserEvent): boolean {
    const { tool } = this
    if (tool === null || this.resting) return false
    const pointer = event.originalEvent as PointerEvent
    if (pointer.pointerType === 'pen' && !drawingSettings.get().penSeen) drawingSettings.set({ penSeen: true })
    if ((event.activePointers?.length ?? 0) > 1) {
      // A second finger means moving the slide.
      this.interrupt()
      return false
    }
    const draws = isDrawTool(tool.id)
    // Once there is a pen it draws, and fingers move the slide.
    if (draws && pointer.pointerType === 'touch' && drawingSettings.get().penSeen) return false
    if (pointer.button > 0 || (pointer.altKey && !draws && tool.id !== 'edit')) return false
    const at = this.eventOf(event, pointer)
    if (event.type === 'pointerdown') this.presses = [...this.presses.slice(-1), at.screen]
    switch (event.type) {
      case 'pointerdown':
        return tool.down(at)
      case 'pointerdrag':
        return tool.drag(at)
      case 'pointermove':
        return tool.move(at)
      case 'pointerup':
        return tool.up(at)
      case 'dblclick':
        return this.isOnePlace() ? tool.doubleClick(at) : tool.id !== 'edit'
      default:
        return event.type === 'click' || event.type === 'singleclick'
    }
  }

  /** OpenLayers calls any two quick clicks a double click; quick corners of a shape are none. */
  private isOnePlace(): boolean {
    const [first, second] = this.presses
    return first === undefined || second === undefined || Math.hypot(first.x - second.x, first.y - second.y) <= NEAR_PX
  }

  close(): void {
    this.detach()
    this.choose(null)
    for (const end of this.ends) end()
  }

  private eventOf(event: MapBrowserEvent, pointer: PointerEvent): PenEvent {
    const { camera, viewport } = this.viewer.state.get()
    const [x = 0, y = 0] = event.pixel
    const kind = pointer.pointerType
    return {
      at: this.viewer.camera.toSlide(event.coordinate),
      screen: { x, y },
      toSlide: (screen: Point) => screenToSlide(screen, camera, viewport),
      apart: (a: Point, b: Point) => {
        const p = slideToScreen(a, camera, viewport)
        const q = slideToScreen(b, camera, viewport)
        return Math.hypot(p.x - q.x, p.y - q.y)
      },
      shift: pointer.shiftKey,
      alt: pointer.altKey,
      ctrl: pointer.ctrlKey || pointer.metaKey,
      pointer: kind === 'pen' || kind === 'touch' ? kind : 'mouse',
      resolution: camera.resolution,
      ...screenAxes(camera),
    }
  }

  private make(id: ToolId): Tool | DrawTool | null {
    if (isDrawTool(id)) return this.drawing?.make(id) ?? null
    if (id === 'ruler') return new Ruler(this.sketch)
    return id === 'area' ? new Area(this.sketch) : new FieldsTool(this.fields)
  }

  private showCursor(): void {
    const { active } = this.state.get()
    this.viewer.element.style.cursor = this.resting ? 'grab' : active === null ? '' : 'crosshair'
  }

  private readonly sketch: Sketch = {
    draft: () => this.state.get().draft,
    setDraft: (draft) => this.state.set({ draft }),
    keep: (measurement) => this.state.set({ kept: [...this.state.get().kept, measurement], draft: null }),
  }
}

class ToolInteraction extends Interaction {
  constructor(private readonly box: Toolbox) {
    super()
  }

  override handleEvent(event: MapBrowserEvent): boolean {
    return !this.box.handle(event)
  }
}
