/** Puts the chosen tool between the pointer and the viewer, and keeps what was measured. */
import Interaction from 'ol/interaction/Interaction.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import { type Point, slideToScreen } from '../model/frame'
import type { FieldKind } from '../model/fields'
import { Store } from '../model/store'
import type { Viewer } from '../viewer/viewer'
import { Area } from './area/area'
import { drawMeasurements, type MeasureColours } from './draw'
import { drawFields } from './fields/draw'
import { Fields, FieldsTool } from './fields/fields'
import { Ruler } from './ruler/ruler'
import type { Measurement, Sketch, Tool, ToolEvent, ToolId } from './tool'

export interface ToolboxState {
  active: ToolId | null
  kept: readonly Measurement[]
  draft: Measurement | null
}

export class Toolbox {
  readonly state = new Store<ToolboxState>({ active: null, kept: [], draft: null })
  readonly fields: Fields
  private tool: Tool | null = null
  private resting = false
  private readonly ends: (() => void)[]

  constructor(
    private readonly viewer: Viewer,
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

  /** Take a tool in hand, or null to put it down; the same again puts it down too. */
  choose(id: ToolId | null): void {
    this.tool?.cancel()
    const next = id === this.state.get().active ? null : id
    this.tool = next === null ? null : this.make(next)
    this.state.set({ active: next })
    this.showCursor()
  }

  /** Let the pointer move the slide although a tool is in hand, for as long as the space bar is held. */
  rest(resting: boolean): void {
    if (resting) this.tool?.cancel()
    this.resting = resting
    this.showCursor()
  }

  /** Give up what is half drawn, because something else began. */
  interrupt(): void {
    this.tool?.cancel()
  }

  /** Escape, step by step: give up the draft, clear what was measured, put the tool down. False: nothing to do. */
  escape(): boolean {
    if (this.tool?.cancel() === true) return true
    if (this.state.get().kept.length > 0) {
      this.state.set({ kept: [] })
      return true
    }
    if (this.tool === null) return false
    this.choose(null)
    return true
  }

  handle(event: MapBrowserEvent): boolean {
    const { tool } = this
    if (tool === null || this.resting) return false
    const pointer = event.originalEvent as PointerEvent
    if ((event.activePointers?.length ?? 0) > 1) {
      // A second finger means moving the slide.
      tool.cancel()
      return false
    }
    if (pointer.button > 0 || pointer.altKey) return false
    const at = this.eventOf(event, pointer)
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
        return tool.doubleClick(at)
      default:
        return event.type === 'click' || event.type === 'singleclick'
    }
  }

  close(): void {
    this.choose(null)
    for (const end of this.ends) end()
  }

  private eventOf(event: MapBrowserEvent, pointer: PointerEvent): ToolEvent {
    const { camera, viewport } = this.viewer.state.get()
    return {
      at: this.viewer.camera.toSlide(event.coordinate),
      apart: (a: Point, b: Point) => {
        const p = slideToScreen(a, camera, viewport)
        const q = slideToScreen(b, camera, viewport)
        return Math.hypot(p.x - q.x, p.y - q.y)
      },
      shift: pointer.shiftKey,
    }
  }

  private make(id: ToolId): Tool {
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
