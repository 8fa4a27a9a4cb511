/** All result layers and raster overlays of one open slide: which are shown, what is clicked, what is circled. */
import Interaction from 'ol/interaction/Interaction.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import { summarise, type SummaryOut } from '../../api/results'
import type { AnnotationDocument } from '../../model/annotations/document'
import type { Annotation, Layer } from '../../model/annotations/types'
import { type Point, slideToScreen } from '../../model/frame'
import { correctedObjects } from '../../model/results/corrections'
import { readOverlay } from '../../model/results/overlays'
import { Store } from '../../model/store'
import { drawMark, drawWords, PLAIN } from '../annotations/marks'
import type { Viewer } from '../viewer'
import { drawRing, Lasso } from './lasso'
import type { Picked } from './messages'
import { ResultObjects } from './objects'
import { RasterOverlay } from './raster'
import { SELECTED_COLOUR } from './shapes'

export interface Circled {
  layer_id: string
  polygon: readonly Point[]
  numbers: readonly number[] | null
  summary: SummaryOut | null
  problem: unknown
}

export interface SceneState {
  objects: ReadonlyMap<string, ResultObjects>
  rasters: ReadonlyMap<string, RasterOverlay>
  /** Layer of the lasso that is in hand. */
  lasso: string | null
  circled: Circled | null
  /** What lies under the pointer. */
  hovered: { layer_id: string; picked: Picked; at: Point } | null
}

/** What is written beside the pointer. */
export type Describe = (layer: ResultObjects, picked: Picked) => string

const scenes = new WeakMap<Viewer, ResultScene>()

/** The scene of a viewer: made when first asked for, closed with the viewer. */
export function resultScene(viewer: Viewer, document: AnnotationDocument): ResultScene {
  let scene = scenes.get(viewer)
  if (scene === undefined) scenes.set(viewer, (scene = new ResultScene(viewer, document)))
  return scene
}

export class ResultScene {
  readonly state = new Store<SceneState>({ objects: new Map(), rasters: new Map(), lasso: null, circled: null, hovered: null })
  /** Set by whoever has the words. */
  describe: Describe | null = null
  private readonly ends: (() => void)[]
  private lasso: Lasso | null = null
  private asking: AbortController | null = null
  private looking = false
  private begun = false
  private annotations: ReadonlyMap<string, Annotation> | null = null

  constructor(
    private readonly viewer: Viewer,
    private readonly document: AnnotationDocument,
  ) {
    this.ends = [
      document.state.subscribe(() => this.follow()),
      viewer.addOverlay((context) => this.draw(context), 'results'),
      viewer.addOverlay((context) => this.drawAbove(context), 'annotations'),
      viewer.addOverlay((context) => this.drawWords(context), 'hands'),
      viewer.addInteraction(new Pointing(this), true),
      this.state.subscribe(() => viewer.render()),
    ]
    viewer.onClose(() => this.close())
    this.follow()
  }

  /** Bring a layer onto the slide, or hide it. */
  show(layer: Layer, visible: boolean): void {
    const { objects, rasters } = this.state.get()
    const known = objects.get(layer.layer_id) ?? rasters.get(layer.layer_id)
    if (known !== undefined) known.show({ visible })
    else if (visible) this.add(layer)
  }

  isShown(layer_id: string): boolean {
    const { objects, rasters } = this.state.get()
    return (objects.get(layer_id) ?? rasters.get(layer_id))?.state.get().visible === true
  }

  /** Circle objects of a layer; once more puts the lasso down. */
  takeLasso(layer_id: string): void {
    const again = this.state.get().lasso === layer_id
    this.lasso?.finish(null)
    if (again) return
    this.state.set({ lasso: layer_id })
    this.lasso = new Lasso(this.viewer, (polygon) => {
      this.lasso = null
      this.state.set({ lasso: null })
      if (polygon !== null) void this.circle(layer_id, polygon)
    })
  }

  /** Select what lies in a region and sum it up. */
  async circle(layer_id: string, polygon: readonly Point[]): Promise<void> {
    const layer = this.state.get().objects.get(layer_id)
    if (layer === undefined) return
    this.asking?.abort()
    const asking = (this.asking = new AbortController())
    const region = [polygon.map(({ x, y }) => [x, y] as const)]
    const circled: Circled = { layer_id, polygon, numbers: null, summary: null, problem: null }
    this.state.set({ circled })
    try {
      const [numbers, summary] = await Promise.all([
        layer.selectWithin(region, asking.signal),
        summarise(layer.address, region, asking.signal),
      ])
      this.state.set({ circled: { ...circled, numbers, summary } })
    } catch (problem) {
      if (!asking.signal.aborted) this.state.set({ circled: { ...circled, problem } })
    }
  }

  /** Put the region away, and what was selected with it. */
  clear(): void {
    this.asking?.abort()
    const { circled, objects } = this.state.get()
    this.state.set({ circled: null })
    if (circled !== null) void objects.get(circled.layer_id)?.select([])
  }

  /** A click: the topmost object there, or none. */
  async click(at: Point): Promise<void> {
    // What is drawn lies above: a click on it is for that.
    const found = this.document.state.get().selection.size > 0 ? null : await this.under(at)
    for (const layer of this.state.get().objects.values())
      await layer.lookAt(found?.layer.layer_id === layer.layer_id ? found.picked.object_no : null)
  }

  /** The pointer rests or moves here; null: it left. */
  async hover(at: Point | null): Promise<void> {
    if (at === null) this.state.set({ hovered: null })
    if (at === null || this.looking) return
    this.looking = true
    try {
      const found = await this.under(at)
      const { hovered } = this.state.get()
      // What is written stays where it is while the pointer is on one object: nothing is drawn anew.
      if (found === null) this.state.set({ hovered: null })
      else if (hovered?.layer_id !== found.layer.layer_id || hovered.picked.object_no !== found.picked.object_no)
        this.state.set({ hovered: { layer_id: found.layer.layer_id, picked: found.picked, at } })
    } finally {
      this.looking = false
    }
  }

  /** Where on the slide an event of the map happened. */
  place(event: MapBrowserEvent): Point {
    return this.viewer.camera.toSlide(event.coordinate)
  }

  close(): void {
    scenes.delete(this.viewer)
    this.asking?.abort()
    this.lasso?.finish(null)
    for (const end of this.ends.splice(0)) end()
    const { objects, rasters } = this.state.get()
    for (const layer of [...objects.values(), ...rasters.values()]) layer.close()
  }

  private get hidden(): boolean {
    return !this.document.visible || this.document.state.get().at !== null
  }

  private add(layer: Layer): void {
    const changed = () => this.viewer.render()
    if (layer.kind === 'overlay') {
      const info = readOverlay(layer)
      if (info === null) return
      const made = new RasterOverlay(this.viewer, layer.layer_id, info, changed)
      made.show({ opacity: layer.opacity })
      this.state.set({ rasters: new Map(this.state.get().rasters).set(layer.layer_id, made) })
    } else if (layer.kind === 'result') {
      const made = new ResultObjects(this.viewer, layer.layer_id, changed)
      made.show({ opacity: layer.opacity })
      this.state.set({ objects: new Map(this.state.get().objects).set(layer.layer_id, made) })
      this.annotations = null
      this.follow()
    }
  }

  /** Show the topmost layer when the slide opens; the others wait until somebody wants them. */
  private begin(layers: readonly Layer[]): void {
    if (this.begun) return
    const ordered = layers.filter((layer) => layer.kind !== 'drawn' && !layer.deleted).sort((a, b) => b.order - a.order)
    const first = ordered.find((layer) => layer.kind === 'result') ?? ordered[0]
    if (first === undefined) return
    this.begun = true
    this.show(first, true)
  }

  /** Layers that went are closed; objects that were corrected give way to what stands for them. */
  private follow(): void {
    const { layers, annotations, at, saving } = this.document.state.get()
    // The past has other layers; those of now come back as they were left.
    if (at !== null) return
    this.begin([...layers.values()])
    const { objects, rasters } = this.state.get()
    const gone = [...objects.keys(), ...rasters.keys()].filter((id) => layers.get(id)?.deleted !== false)
    if (gone.length > 0 && layers.size > 0) {
      for (const id of gone) (objects.get(id) ?? rasters.get(id))?.close()
      const stays = ([id]: [string, unknown]) => !gone.includes(id)
      this.state.set({ objects: new Map([...objects].filter(stays)), rasters: new Map([...rasters].filter(stays)) })
    }
    const mine = [...this.state.get().objects.values()]
    if (annotations !== this.annotations) {
      this.annotations = annotations
      const corrected = correctedObjects(annotations.values())
      for (const layer of mine) layer.setCorrected(corrected.get(layer.layer_id) ?? [])
    }
    if (saving.kind === 'saved') for (const layer of mine) void layer.catchUp()
  }

  private draw(context: CanvasRenderingContext2D): void {
    if (this.hidden) return
    const { objects, rasters } = this.state.get()
    const { layers } = this.document.state.get()
    const order = (id: string) => layers.get(id)?.order ?? 0
    const all = [...rasters.values(), ...objects.values()].sort((a, b) => order(a.layer_id) - order(b.layer_id))
    for (const layer of all) layer.draw(context)
  }

  private drawAbove(context: CanvasRenderingContext2D): void {
    if (this.hidden) return
    const { objects, circled } = this.state.get()
    const { camera, viewport } = this.viewer.state.get()
    const ratio = context.getTransform().a
    const lens = { camera, viewport, ratio }
    if (circled !== null) drawRing(context, this.viewer, circled.polygon, true)
    for (const layer of objects.values()) {
      const { object, visible } = layer.state.get()
      if (object === null || !visible) continue
      drawMark(context, object.geometry, lens, { ...PLAIN, colour: SELECTED_COLOUR, fill: 0 })
    }
  }

  /** What the pointer is on, beside it. */
  private drawWords(context: CanvasRenderingContext2D): void {
    const { objects, hovered } = this.state.get()
    const { camera, viewport } = this.viewer.state.get()
    const layer = hovered === null ? undefined : objects.get(hovered.layer_id)
    if (this.hidden || hovered === null || layer === undefined) return
    const text = this.describe?.(layer, hovered.picked) ?? ''
    if (text === '') return
    const { x, y } = slideToScreen(hovered.at, camera, viewport)
    drawWords(context, { x: x + 14, y: y + 18 }, text, context.getTransform().a, SELECTED_COLOUR, 12)
  }

  /** The topmost object at a place. */
  private async under(at: Point): Promise<{ layer: ResultObjects; picked: Picked } | null> {
    if (this.hidden) return null
    const { layers } = this.document.state.get()
    const order = (one: ResultObjects) => layers.get(one.layer_id)?.order ?? 0
    for (const layer of [...this.state.get().objects.values()].sort((a, b) => order(b) - order(a))) {
      const picked = await layer.at(at.x, at.y)
      if (picked !== null) return { layer, picked }
    }
    return null
  }
}

/** A press that moves less than this is a click, in CSS pixels. */
const CLICK_PX = 4

/** Sees what no tool took: presses and movements where there is nothing drawn. */
class Pointing extends Interaction {
  private pressed: readonly number[] | null = null

  constructor(private readonly scene: ResultScene) {
    super()
  }

  override handleEvent(event: MapBrowserEvent): boolean {
    const pointer = event.originalEvent as PointerEvent
    switch (event.type) {
      case 'pointerdown':
        this.pressed = pointer.button === 0 ? event.pixel : null
        break
      case 'pointerup':
        if (this.pressed !== null && apart(this.pressed, event.pixel) < CLICK_PX) void this.scene.click(this.scene.place(event))
        this.pressed = null
        break
      case 'pointerdrag':
        void this.scene.hover(null)
        break
      case 'pointermove':
        if (pointer.pointerType === 'mouse') void this.scene.hover(this.scene.place(event))
        break
    }
    return true
  }
}

function apart([x0 = 0, y0 = 0]: readonly number[], [x1 = 0, y1 = 0]: readonly number[]): number {
  return Math.hypot(x1 - x0, y1 - y0)
}
