/** The vector tiles of one result layer: which the view needs, and which the worker holds. */
import { guestHeaders } from '../../api/guest'
import type { ApiError } from '../../api/problem'
import { tileAddress } from '../../api/results'
import type { Extent } from '../../model/frame'
import { grown, intersection, type TileAddress } from '../../model/pyramid'
import type { ResultInfo } from '../../model/results/columns'
import type { Level } from '../../model/slide'
import { sharedPool } from '../pool'
import { type TileJob, TileLoader } from '../tileLoader'
import { keyOf, levelsOf, squareOf } from './grid'
import type { PaintWanted } from './messages'
import type { ResultWorker } from './worker'

/** How far outlines stay sharp beyond the scan's own pixels, in halvings. */
const FINER_LEVELS = 4
/** More than the largest view and what lies around it. */
const MOST_TILES = 160
/** A tile holds what reaches this far beyond it, in its pixels. */
const EDGE_PX = 8
/** How far the picture of an object reaches beyond it, in pixels. */
const SPOT_PX = 8

export class Outlines {
  /** The server's levels, coarsest first, and finer ones that are painted from its finest. */
  levels: Level[] = []
  private info: ResultInfo | null = null
  private readonly loader: TileLoader<null>
  /** Oldest first. */
  private readonly held = new Set<string>()

  constructor(
    private readonly size: Extent,
    private readonly address: string,
    private readonly worker: ResultWorker,
    changed: () => void,
    failed: (problem: ApiError) => void,
  ) {
    this.loader = new TileLoader<null>({
      fetch: (url, signal, visible) =>
        fetch(url, { signal, credentials: 'same-origin', headers: guestHeaders(), priority: visible ? 'high' : 'low' }),
      decode: async (body, _managed, key) => {
        const bytes = await body.arrayBuffer()
        await this.worker.ask<'tile'>({ kind: 'tile', key, body: bytes }, [bytes])
        return null
      },
      onTile: (key) => this.hold(key),
      onChange: changed,
      onSlideProblem: failed,
      connections: sharedPool().connections,
    })
  }

  /** What the server says of the layer now; tiles of an older state are fetched anew. */
  open(info: ResultInfo): void {
    this.info = info
    this.levels = levelsOf(this.size, info.levels, FINER_LEVELS)
  }

  has(key: string): boolean {
    return this.held.has(key)
  }

  /** Fetch the outlines for these bitmaps, and drop what is asked for no longer. */
  want(seen: readonly TileAddress[], ahead: readonly TileAddress[]): void {
    const jobs = new Map<string, TileJob>()
    for (const [addresses, visible] of [[seen, true], [ahead, false]] as const)
      for (const address of addresses) {
        const source = this.sourceAddress(address)
        if (source === null) continue
        const key = this.keyOf(source)
        if (this.held.has(key)) this.hold(key)
        else if (!jobs.has(key)) jobs.set(key, { key, url: this.urlOf(source), managed: false, visible })
      }
    this.loader.want([...jobs.values()])
    this.letGo()
  }

  /** Whether single outlines are shown at a level. */
  isFull(z: number): boolean {
    const levels = this.info?.levels ?? []
    return levels[Math.min(z, levels.length - 1)]?.full === true
  }

  /** Whether there may be objects in a bitmap. */
  touches(address: TileAddress): boolean {
    const level = this.levels[address.z]
    const bounds = this.info?.bounds
    if (level === undefined) return false
    if (bounds === null || bounds === undefined) return true
    const [left = 0, top = 0, right = Infinity, bottom = Infinity] = bounds
    const spot = SPOT_PX * level.downsample_x
    return intersection(squareOf(level, address), grown({ left, top, right, bottom }, spot, spot)) !== null
  }

  /** The vector tile that holds the outlines of a bitmap; null where it shows density. */
  sourceOf(address: TileAddress): PaintWanted['source'] {
    const source = this.sourceAddress(address)
    const at = this.info?.levels.findIndex((level) => level.z === source?.z) ?? -1
    const level = this.levels[at]
    if (source === null || level === undefined) return null
    const { left, top } = squareOf(level, source)
    return { key: this.keyOf(source), left, top, downsample: level.downsample_x, side: level.tile_width }
  }

  readonly retry = (): void => this.loader.retryNow()

  close(): void {
    this.loader.close()
  }

  /** In the server's own numbers. */
  private sourceAddress(address: TileAddress): TileAddress | null {
    const levels = this.info?.levels ?? []
    if (!this.isFull(address.z)) return null
    const beyond = Math.max(0, address.z - (levels.length - 1))
    const place = levels[address.z - beyond]
    return place === undefined ? null : { z: place.z, x: address.x >> beyond, y: address.y >> beyond }
  }

  private keyOf(source: TileAddress): string {
    return `${this.revOf(source)}/${keyOf(source)}`
  }

  private urlOf(source: TileAddress): string {
    return tileAddress(this.address, source.z, source.x, source.y, this.info?.base_version ?? '', this.revOf(source))
  }

  /** The last change of an object that touches a tile: only those tiles are fetched anew. */
  private revOf(source: TileAddress): number {
    const { info } = this
    const level = this.levels[info?.levels.findIndex((one) => one.z === source.z) ?? -1]
    if (info === null || level === undefined) return 0
    const reach = EDGE_PX * level.downsample_x
    const tile = grown(squareOf(level, source), reach, reach)
    let rev = 0
    for (const { bounds, seq } of info.corrections) {
      const [left = 0, top = 0, right = 0, bottom = 0] = bounds
      if (seq > rev && left <= tile.right && right >= tile.left && top <= tile.bottom && bottom >= tile.top) rev = seq
    }
    return rev
  }

  private hold(key: string): void {
    this.held.delete(key)
    this.held.add(key)
  }

  /** Tiles that nobody looked at for longest leave the worker. */
  private letGo(): void {
    if (this.held.size <= MOST_TILES) return
    const keys = [...this.held].slice(0, this.held.size - MOST_TILES)
    for (const key of keys) this.held.delete(key)
    void this.worker.ask<'drop'>({ kind: 'drop', keys })
  }
}
