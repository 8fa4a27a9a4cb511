/** One raster overlay on the slide: a label map or a heatmap, tiled like a slide; its style is in the address. */
import { guestHeaders } from '../../api/guest'
import { overlayTileAddress } from '../../api/results'
import type { Extent } from '../../model/frame'
import { intersection, type TileAddress } from '../../model/pyramid'
import {
  firstStyle,
  type OverlayInfo,
  type OverlayLevel,
  overlayLevels,
  overlayStyle,
  type OverlayStyle,
} from '../../model/results/overlays'
import type { Level } from '../../model/slide'
import { Store } from '../../model/store'
import { planTiles } from '../plan'
import { sharedPool } from '../pool'
import type { TileShelf } from '../tileCache'
import { type TileJob, TileLoader } from '../tileLoader'
import type { Viewer } from '../viewer'
import { arrange, type GridPiece, keyOf, levelsOf, squareOf } from './grid'
import { drawPieces } from './place'

export interface RasterState {
  style: OverlayStyle
  visible: boolean
  opacity: number
  waiting: number
  problem: unknown
}

/** A slider moves faster than tiles arrive. */
const CHOOSE_MS = 150

export class RasterOverlay {
  readonly state: Store<RasterState>
  private readonly loader: TileLoader
  private readonly shelf: TileShelf
  private readonly size: Extent
  private readonly grid: readonly OverlayLevel[]
  private readonly levels: Level[]
  /** The last style of which all tiles were there: shown until those of the next are. */
  private previous: string | null = null
  private query: string
  private timer: ReturnType<typeof setTimeout> | null = null

  constructor(
    private readonly viewer: Viewer,
    readonly layer_id: string,
    readonly info: OverlayInfo,
    private readonly changed: () => void,
  ) {
    this.size = viewer.size
    const style = firstStyle(info)
    this.grid = overlayLevels(viewer.slide.levels)
    this.levels = levelsOf(this.size, this.grid)
    this.state = new Store<RasterState>({ style, visible: true, opacity: 1, waiting: 1, problem: null })
    this.query = overlayStyle(info, style)
    const { cache, connections, decoder } = sharedPool()
    this.shelf = cache.shelf(`overlay ${layer_id}`)
    this.loader = new TileLoader({
      fetch: (url, signal, visible) =>
        fetch(url, { signal, credentials: 'same-origin', headers: guestHeaders(), priority: visible ? 'high' : 'low' }),
      decode: (body) => decoder.decode(body, null),
      onTile: (key, image) => this.shelf.put(key, image),
      onChange: changed,
      onSlideProblem: (problem) => this.state.set({ problem }),
      connections,
    })
  }

  draw(context: CanvasRenderingContext2D): void {
    const { visible, opacity } = this.state.get()
    this.shelf.nextFrame()
    if (!visible || this.levels.length === 0) {
      this.loader.want([])
      return
    }
    const ratio = context.getTransform().a
    const { camera, viewport } = this.viewer.state.get()
    const plan = planTiles(this.levels, this.size, camera, viewport, ratio)
    const seen = plan.visible.filter((address) => this.touches(address))
    const waiting = seen.filter((address) => !this.shelf.has(this.key(address))).length
    if (waiting === 0) this.previous = this.query
    drawPieces(context, this.pieces(plan.level, seen), camera, opacity, this.info.kind === 'heatmap')
    this.loader.want([...this.jobs(seen, true), ...this.jobs(plan.ahead, false)])
    this.state.set({ waiting })
  }

  choose(change: Partial<OverlayStyle>): void {
    this.state.set({ style: { ...this.state.get().style, ...change } })
    this.timer ??= setTimeout(() => {
      this.timer = null
      this.query = overlayStyle(this.info, this.state.get().style)
      this.changed()
    }, CHOOSE_MS)
  }

  show(change: Partial<Pick<RasterState, 'visible' | 'opacity'>>): void {
    this.state.set(change)
    this.changed()
  }

  readonly retry = (): void => this.loader.retryNow()

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.loader.close()
    this.shelf.close()
    sharedPool().cache.clear(`overlay ${this.layer_id}`)
  }

  private pieces(level: Level, visible: readonly TileAddress[]): GridPiece[] {
    const before = this.previous
    return arrange(this.levels, level, visible, (key) => {
      const own = this.shelf.get(`${this.query}|${key}`)
      return own ?? (before === null ? undefined : this.shelf.get(`${before}|${key}`))
    })
  }

  private jobs(addresses: readonly TileAddress[], visible: boolean): TileJob[] {
    return addresses.filter((address) => this.touches(address)).flatMap((address) => {
      const key = this.key(address)
      const level = this.grid[address.z]
      if (level === undefined || this.shelf.has(key)) return []
      const url = overlayTileAddress(this.viewer.slide.slide_id, this.layer_id, level.z, address.x, address.y, this.query)
      return [{ key, url, managed: false, visible }]
    })
  }

  private touches(address: TileAddress): boolean {
    const level = this.levels[address.z]
    return level !== undefined && intersection(squareOf(level, address), this.info.region) !== null
  }

  private key(address: TileAddress): string {
    return `${this.query}|${keyOf(address)}`
  }
}
