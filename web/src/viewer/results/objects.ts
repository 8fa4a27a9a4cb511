/** One result layer on the slide: loads what the view needs, has it painted, and knows what lies under the pointer. */
import * as api from '../../api/results'
import { ApiError, isAbort, UNREACHABLE } from '../../api/problem'
import type { Extent } from '../../model/frame'
import type { TileAddress } from '../../model/pyramid'
import { paletteColour } from '../../model/results/colouring'
import { classColumn, columnOf, type ResultInfo, type ResultObject } from '../../model/results/columns'
import { columnsOf, type Filter, NO_FILTER } from '../../model/results/filters'
import { colouringOf, readResult } from '../../model/results/reading'
import { Store } from '../../model/store'
import { planTiles } from '../plan'
import { sharedPool } from '../pool'
import type { TileShelf } from '../tileCache'
import type { Viewer } from '../viewer'
import { Bitmaps } from './bitmaps'
import { chunks } from './chunks'
import { arrange, squareOf } from './grid'
import type { ColumnStatistics, Look, PaintWanted, Picked } from './messages'
import { Outlines } from './outlines'
import { drawPieces } from './place'
import { ResultWorker } from './worker'

export interface ObjectsState {
  info: ResultInfo | null
  problem: unknown
  look: Look
  filter: Filter
  visible: boolean
  opacity: number
  /** Objects that pass the filter and were not corrected. */
  shown: number
  /** Columns that the browser holds. */
  columns: ReadonlySet<string>
  /** Bitmaps of the view that are not there yet or not up to date. */
  waiting: number
  /** Single outlines are shown, not density. */
  outlines: boolean
  selected: readonly number[]
  /** Of the selected ones, those that pass the filter. */
  selectedShown: number
  /** The object that was clicked. */
  object: ResultObject | null
}

/** Tiles around the view that are fetched before they are seen. */
const AHEAD = 12
/** A nucleus, where the slide's scale is known; else in pixels. */
const OBJECT_UM = 7
const OBJECT_PX = 24
/** While middles arrive, the picture follows at this pace. */
const FOLLOW_MS = 300
const PICK_PX = 6

export class ResultObjects {
  readonly state: Store<ObjectsState>
  readonly address: string
  private readonly worker = new ResultWorker()
  private readonly bitmaps: Bitmaps
  private readonly shelf: TileShelf
  private readonly outlines: Outlines
  private readonly size: Extent
  private readonly ending = new AbortController()
  private readonly loading = new Map<string, Promise<void>>()
  private middles: 'none' | 'coming' | 'there' | 'failed' = 'none'
  private corrected: readonly number[] = []
  /** A correction was taken back since the server was asked for the layer. */
  private stale = false
  private picking: AbortController | null = null
  private readonly objectPx: number

  constructor(
    private readonly viewer: Viewer,
    readonly layer_id: string,
    private readonly changed: () => void,
  ) {
    const { slide } = viewer
    this.size = viewer.size
    this.address = api.layerAddress(slide.slide_id, layer_id)
    this.objectPx = slide.mpp_x === null ? OBJECT_PX : OBJECT_UM / slide.mpp_x
    this.state = new Store<ObjectsState>({
      info: null,
      problem: null,
      look: { colouring: { kind: 'plain', colour: paletteColour(0) }, fill: true, outline: true },
      filter: NO_FILTER,
      visible: true,
      opacity: 1,
      shown: 0,
      columns: new Set(),
      waiting: 1,
      outlines: false,
      selected: [],
      selectedShown: 0,
      object: null,
    })
    const pool = sharedPool()
    this.shelf = pool.cache.shelf(`result ${layer_id}`)
    this.bitmaps = new Bitmaps({ shelf: this.shelf, paint: (address) => this.paint(address), changed })
    this.outlines = new Outlines(this.size, this.address, this.worker, changed, (problem) => this.state.set({ problem }))
    void this.open()
  }

  /** Draw what is there and ask for what is missing. */
  draw(context: CanvasRenderingContext2D): void {
    const { info, visible, opacity } = this.state.get()
    if (info === null || !visible) {
      this.outlines.want([], [])
      this.bitmaps.want([])
      return
    }
    const ratio = context.getTransform().a
    const { camera, viewport } = this.viewer.state.get()
    const { levels } = this.outlines
    const plan = planTiles(levels, this.size, camera, viewport, ratio)
    const seen = plan.visible.filter((address) => this.outlines.touches(address))
    const ahead = plan.ahead.slice(0, AHEAD).filter((address) => this.outlines.touches(address))
    this.shelf.nextFrame()
    drawPieces(context, arrange(levels, plan.level, seen, this.bitmaps.imageOf), camera, opacity, true)
    this.outlines.want(seen, ahead)
    if (!this.outlines.isFull(plan.level.z)) this.needMiddles()
    this.bitmaps.want([...seen, ...ahead])
    const waiting = seen.filter((address) => !this.bitmaps.isCurrent(address)).length
    const outlines = this.outlines.isFull(plan.level.z)
    const coming = this.loading.size > 0 || (!outlines && this.middles !== 'there')
    this.tell(coming ? Math.max(waiting, 1) : waiting, outlines)
  }

  setLook(change: Partial<Look>): void {
    const look = { ...this.state.get().look, ...change }
    this.state.set({ look })
    void this.worker.ask<'look'>({ kind: 'look', look })
    if (look.colouring.kind !== 'plain') void this.need(look.colouring.column)
    this.bitmaps.outdate()
  }

  /** Colour by a column, over its whole range; null: all alike. */
  colourBy(name: string | null): void {
    const column = name === null ? null : columnOf(this.state.get().info?.columns ?? [], name)
    this.setLook({ colouring: column === null ? { kind: 'plain', colour: paletteColour(0) } : colouringOf(column) })
  }

  setFilter(filter: Filter): void {
    this.state.set({ filter })
    for (const name of columnsOf(filter)) void this.need(name)
    void this.refilter(this.worker.ask<'filter'>({ kind: 'filter', filter }))
  }

  show(change: Partial<Pick<ObjectsState, 'visible' | 'opacity'>>): void {
    this.state.set(change)
    this.changed()
  }

  /** These objects have been replaced or taken away by hand. */
  setCorrected(numbers: readonly number[]): void {
    const before = this.corrected
    if (before.length === numbers.length && numbers.every((number, i) => before[i] === number)) return
    this.corrected = numbers
    if (this.state.get().info === null) return
    const now = new Set(numbers)
    // Tiles of the server lack what was corrected; when a correction is taken back, they are fetched anew.
    if (before.some((number) => !now.has(number))) this.stale = true
    void this.refilter(this.worker.ask<'corrected'>({ kind: 'corrected', numbers: Uint32Array.from(numbers) }))
  }

  /** Bring a column to the browser; resolves when filter and figures can use it. */
  need(name: string): Promise<void> {
    const { columns } = this.state.get()
    if (columns.has(name)) return Promise.resolve()
    const running = this.loading.get(name) ?? this.loadColumn(name)
    this.loading.set(name, running)
    return running
  }

  /** Histograms and counts of these columns, of those that have come. */
  figures(names: readonly string[], selected = false): Promise<ColumnStatistics[]> {
    return this.worker.ask<'figures'>({ kind: 'figures', columns: names, selected })
  }

  async selectWithin(polygon: api.Region, signal: AbortSignal): Promise<number[]> {
    const numbers = await api.selectObjects(this.address, polygon, AbortSignal.any([signal, this.ending.signal]))
    await this.select(numbers)
    return numbers
  }

  async select(numbers: readonly number[]): Promise<void> {
    this.state.set({ selected: numbers })
    const selectedShown = await this.worker.ask<'selected'>({ kind: 'selected', numbers: Uint32Array.from(numbers) })
    this.state.set({ selectedShown })
    this.bitmaps.outdate()
  }

  /** What lies at a place of the slide. */
  async at(x: number, y: number): Promise<Picked | null> {
    const { info, visible } = this.state.get()
    if (info === null || !visible) return null
    const { camera, viewport } = this.viewer.state.get()
    const ratio = window.devicePixelRatio || 1
    const { level } = planTiles(this.outlines.levels, this.size, camera, viewport, ratio)
    const step = level.tile_width * level.downsample_x
    const address = { z: level.z, x: Math.floor(x / step), y: Math.floor(y / step) }
    return this.worker.ask<'pick'>({ kind: 'pick', wanted: { x, y, reach: PICK_PX * camera.resolution, source: this.outlines.sourceOf(address) } })
  }

  /** Show one object with everything that is known of it; null puts it away. */
  async lookAt(object_no: number | null): Promise<void> {
    this.picking?.abort()
    this.picking = new AbortController()
    if (object_no === null) {
      this.state.set({ object: null })
      this.changed()
      return
    }
    const signal = AbortSignal.any([this.picking.signal, this.ending.signal])
    try {
      this.state.set({ object: await api.getObject(this.address, object_no, signal) })
      this.changed()
    } catch (error) {
      if (!signal.aborted) this.fail(error)
    }
  }

  readonly retry = (): void => {
    this.state.set({ problem: null })
    this.outlines.retry()
    if (this.middles === 'failed') this.middles = 'none'
    if (this.state.get().info === null) void this.open()
    this.changed()
  }

  close(): void {
    this.ending.abort()
    this.outlines.close()
    this.bitmaps.close()
    this.worker.close()
    sharedPool().cache.clear(`result ${this.layer_id}`)
  }

  private tell(waiting: number, outlines: boolean): void {
    if (waiting === 0 && this.state.get().waiting > 0) {
      // When the picture was last complete, for whoever measures (W3C User Timing).
      const name = `results ${this.layer_id}`
      performance.clearMarks(name)
      performance.mark(name)
    }
    this.state.set({ waiting, outlines })
  }

  private get version(): string {
    return this.state.get().info?.base_version ?? ''
  }

  private async open(): Promise<void> {
    try {
      const info = readResult(await api.getResult(this.address, this.ending.signal))
      const { width, height } = this.size
      const opening = { count: info.object_count, width, height, columns: info.columns, objectPx: this.objectPx }
      void this.worker.ask<'open'>({ kind: 'open', opening })
      if (this.corrected.length > 0)
        void this.worker.ask<'corrected'>({ kind: 'corrected', numbers: Uint32Array.from(this.corrected) })
      this.outlines.open(info)
      this.state.set({ info, problem: null, shown: info.object_count - this.corrected.length })
      const classes = classColumn(info.columns)
      if (classes !== null) this.setLook({ colouring: colouringOf(classes) })
      this.changed()
    } catch (error) {
      this.fail(error)
    }
  }

  /** Fetch anew what the server made of corrections that are no more; called when everything is saved. */
  async catchUp(): Promise<void> {
    if (!this.stale) return
    this.stale = false
    try {
      const info = readResult(await api.getResult(this.address, this.ending.signal))
      this.outlines.open(info)
      this.state.set({ info })
      this.bitmaps.outdate()
    } catch (error) {
      this.fail(error)
    }
  }

  private fail(error: unknown): void {
    if (this.ending.signal.aborted) return
    this.state.set({ problem: error })
    this.changed()
  }

  private paint(address: TileAddress): Promise<ImageBitmap> | null {
    const level = this.outlines.levels[address.z]
    if (level === undefined) return null
    const source = this.outlines.sourceOf(address)
    if (source === null ? this.middles === 'none' || this.middles === 'failed' : !this.outlines.has(source.key)) return null
    const { left, top } = squareOf(level, address)
    const wanted: PaintWanted = { left, top, downsample: level.downsample_x, side: level.tile_width, source }
    return this.worker.ask<'paint'>({ kind: 'paint', wanted })
  }

  private needMiddles(): void {
    if (this.middles !== 'none') return
    this.middles = 'coming'
    void this.loadMiddles()
  }

  private async loadMiddles(): Promise<void> {
    try {
      let followed = performance.now()
      const response = await api.getCentroids(this.address, this.version, this.ending.signal)
      for await (const bytes of chunks(response)) {
        void this.worker.ask<'centroids'>({ kind: 'centroids', bytes }, [bytes])
        if (performance.now() - followed < FOLLOW_MS) continue
        followed = performance.now()
        this.bitmaps.outdate()
      }
      this.middles = 'there'
      this.bitmaps.outdate()
    } catch (error) {
      this.middles = 'failed'
      if (!isAbort(error)) this.fail(error instanceof ApiError ? error : new ApiError(UNREACHABLE, '', 0, null))
    }
  }

  private async loadColumn(name: string): Promise<void> {
    try {
      const bytes = await api.getColumn(this.address, name, this.version, this.ending.signal)
      const shown = await this.worker.ask<'column'>({ kind: 'column', name, bytes }, [bytes])
      const columns = new Set([...this.state.get().columns, name])
      this.state.set({ columns, shown })
      this.bitmaps.outdate()
    } catch (error) {
      this.fail(error)
    } finally {
      this.loading.delete(name)
    }
  }

  private async refilter(counting: Promise<number>): Promise<void> {
    this.bitmaps.outdate()
    const shown = await counting
    this.state.set({ shown })
  }
}
