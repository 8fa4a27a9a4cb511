/** For tests: a real document and drawing over a view that nobody sees, and a hand that draws on it. */
import { type Camera, type Point, screenToSlide, slideToScreen } from '../../model/frame'
import { AnnotationDocument } from '../../model/annotations/document'
import type { Annotation, AnnotationClass, Geometry, Layer, Position } from '../../model/annotations/types'
import type { Slide } from '../../model/slide'
import { Store } from '../../model/store'
import { screenAxes } from '../../viewer/annotations/lens'
import type { Viewer } from '../../viewer/viewer'
import { Drawing, type DrawingOptions } from './drawing'
import type { DrawToolId } from './ids'
import { type DrawTool, type PenEvent } from './pen'

const VIEWPORT = { width: 1000, height: 800 }
const PLAIN: Camera = { x: 500, y: 400, resolution: 1, rotation: 0, mirrored: false }
const LAYER: Layer = {
  layer_id: 'layer',
  slide_id: 'slide',
  name: 'Annotations',
  owner_id: 'me',
  owner_name: 'Me',
  kind: 'drawn',
  visibility: 'project',
  locked: false,
  opacity: 1,
  order: 0,
  created_at: '2026-01-01T00:00:00Z',
  rev: 1,
  deleted: false,
  object_count: null,
  info: {},
}

export interface Keys {
  shift?: boolean
  alt?: boolean
  ctrl?: boolean
  pointer?: PenEvent['pointer']
}

export function annotationClass(class_id: string, hotkey: number | null = null, name = class_id): AnnotationClass {
  return { class_id, parent_id: null, name, colour: '#e41a1c', hotkey, description: '', code: null, form: null }
}

export class Bench {
  readonly document = new AnnotationDocument('slide', { id: 'me', name: 'Me' })
  readonly drawing: Drawing
  readonly told: unknown[] = []
  /** How often a tool asked to be put down. */
  putDown = 0
  tool: DrawTool
  private readonly view: Store<{ camera: Camera; viewport: typeof VIEWPORT; choice: object; pointer: Point | null }>
  picture: ImageData | null = null

  constructor(camera: Partial<Camera> = {}, options: DrawingOptions = {}, slide: Partial<Slide> = {}) {
    this.document.load({ annotations: [], comments: [], layers: [LAYER], seq: 0 })
    this.document.setRights(['view', 'comment', 'annotate', 'edit'])
    this.view = new Store({ camera: { ...PLAIN, ...camera }, viewport: VIEWPORT, choice: { plane: 0, time: 0 }, pointer: null as Point | null })
    const element = { style: { cursor: '' } }
    const viewer = {
      state: this.view,
      slide: { slide_id: 'slide', mpp_x: 0.5, mpp_y: 0.5, z_count: 1, t_count: 1, ...slide },
      size: { width: 10_000, height: 8000 },
      element,
      addOverlay: () => () => undefined,
      render: () => undefined,
      pixels: () => this.picture,
    }
    const session = { document: this.document, presence: new Store({ people: new Map() }), say: (hand: unknown) => void this.told.push(hand) }
    this.drawing = new Drawing(viewer as unknown as Viewer, session as unknown as ConstructorParameters<typeof Drawing>[1], options)
    this.tool = this.drawing.edit
  }

  take(id: DrawToolId | null): this {
    this.tool.cancel()
    this.tool = id === null ? this.drawing.edit : this.drawing.make(id)
    this.drawing.taken(id, () => {
      this.putDown += 1
      this.take(null)
    })
    return this
  }

  /** Something on the slide from before. */
  put(geometry: Geometry, more: object = {}): string {
    return this.document.create([{ geometry, ...more }])[0] as string
  }

  /** A press at one place of the slide, movements over others, and the release at the last. */
  drag(places: readonly Position[], keys: Keys = {}): this {
    places.forEach((place, i) => (i === 0 ? this.tool.down(this.event(place, keys)) : this.tool.drag(this.event(place, keys))))
    this.tool.up(this.event(places.at(-1) as Position, keys))
    return this
  }

  click(place: Position, keys: Keys = {}): this {
    this.tool.move(this.event(place, keys))
    return this.drag([place], keys)
  }

  event([x, y]: Position, { shift = false, alt = false, ctrl = false, pointer = 'mouse' }: Keys = {}): PenEvent {
    const { camera, viewport } = this.view.get()
    const screen = (point: Point) => slideToScreen(point, camera, viewport)
    return {
      at: { x, y },
      screen: screen({ x, y }),
      toSlide: (point) => screenToSlide(point, camera, viewport),
      apart: (a, b) => Math.hypot(screen(a).x - screen(b).x, screen(a).y - screen(b).y),
      shift,
      alt,
      ctrl,
      pointer,
      resolution: camera.resolution,
      ...screenAxes(camera),
    }
  }

  /** Everything on the slide, the oldest first. */
  all(): Annotation[] {
    return [...this.document.state.get().annotations.values()]
  }

  shapes(): Geometry[] {
    return this.all().map((one) => one.geometry)
  }

  selected(): string[] {
    return [...this.document.state.get().selection]
  }

  /** Nothing half drawn is left. */
  isClean(): boolean {
    const { draft, moved, extra } = this.drawing.layer.sketching.get()
    return draft === null && moved.size === 0 && extra === null
  }
}
