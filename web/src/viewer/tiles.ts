/** The tiles of one slide: cache, loader, decoder and colour table behind one call that gives the picture. */
import { onSignedIn } from '../api/client'
import { guestHeaders } from '../api/guest'
import { ApiError, UNREACHABLE } from '../api/problem'
import type { Camera, Extent } from '../model/frame'
import { planTiles } from './plan'
import { compose } from './picture'
import type { Picture, Piece } from './paint'
import { type Look, type LookChoice, lookOf, tileKey } from './look'
import { type Pool, sharedPool } from './pool'
import type { TileShelf } from './tileCache'
import { problemOf, TileLoader } from './tileLoader'
import type { Slide } from '../model/slide'
import { placeTile } from '../model/pyramid'

export interface TilesState {
  /** Visible tiles still on their way; 0 means that the picture is as sharp as it gets. */
  waiting: number
  /** Visible tiles that failed and are marked. */
  missing: number
  missingProblem: ApiError | null
  /** Seconds a tile takes when storage is slow, else null. */
  slowSeconds: number | null
  /** The slide as a whole cannot be shown any longer. */
  problem: ApiError | null
}

export interface TilesListener {
  /** Something to draw or to say changed. */
  changed(): void
  /** The colour table could not be had. */
  colourFailed(problem: ApiError): void
}

const SLOW_CHECK_MS = 500

/** After this nobody may see the slide any longer: what was decoded goes, too. A session that ended comes back. */
const ENDED = 'forbidden'

let made = 0

export class Tiles {
  state: TilesState = { waiting: 1, missing: 0, missingProblem: null, slowSeconds: null, problem: null }
  private readonly cache: TileShelf
  /** The slide's colour table goes by this name: each picture brings its own. */
  private readonly tableName = `table ${++made}`
  private readonly loader: TileLoader
  private readonly table: Promise<void>
  private readonly ending = new AbortController()
  private readonly clock: ReturnType<typeof setInterval>
  private readonly stopWaiting: () => void
  private look: Look
  private previous: Look | null = null

  constructor(
    private readonly slide: Slide,
    choice: LookChoice,
    private readonly tell: TilesListener,
    private readonly pool: Pool = sharedPool(),
  ) {
    this.cache = pool.cache.shelf(slide.slide_id)
    this.look = lookOf(slide, choice)
    this.table = this.loadTable()
    this.loader = new TileLoader({
      fetch: (url, signal, visible) =>
        fetch(url, { signal, credentials: 'same-origin', headers: guestHeaders(), priority: visible ? 'high' : 'low' }),
      decode: async (body, managed) => {
        if (managed) await this.table
        return this.pool.decoder.decode(body, managed ? this.tableName : null)
      },
      onTile: (key, image) => this.keep(key, image),
      onChange: () => tell.changed(),
      onSlideProblem: (problem) => {
        this.state = { ...this.state, problem }
        if (problem.code === ENDED) pool.cache.clear(slide.slide_id)
      },
      connections: pool.connections,
    })
    this.clock = setInterval(() => this.watchSpeed(), SLOW_CHECK_MS)
    window.addEventListener('online', this.retry)
    this.stopWaiting = onSignedIn(this.retry)
  }

  choose(choice: LookChoice): void {
    const look = lookOf(this.slide, choice)
    if (look.key === this.look.key) return
    // While a slider moves, what is on the screen is the last look that arrived, not the last one asked for.
    if (this.state.waiting === 0 || this.previous === null) this.previous = this.look
    this.look = look
  }

  /** What to draw now; asks for what is not there yet. */
  picture(camera: Camera, viewport: Extent, ratio: number): Picture {
    this.cache.nextFrame()
    const size = { width: this.slide.width ?? 0, height: this.slide.height ?? 0 }
    const plan = planTiles(this.slide.levels, size, camera, viewport, ratio)
    const problems: ApiError[] = []
    const composition = compose(plan, {
      slide: this.slide,
      size,
      look: this.look,
      previous: this.previous,
      cache: this.cache,
      isMissing: (key) => {
        const problem = this.loader.failure(key)
        if (problem !== null) problems.push(problem)
        return problem !== null
      },
    })
    this.loader.want(composition.jobs)
    const missing = composition.picture.missing.length
    const waiting = composition.holes - missing
    if (waiting === 0 && missing === 0) this.previous = null
    this.state = { ...this.state, waiting, missing, missingProblem: problems[0] ?? null }
    if (composition.holes === 0 && this.state.problem !== null) this.state = { ...this.state, problem: null }
    return composition.picture
  }

  /** Fetch what a picture will need before anybody looks at it, and nothing around it; true when no more will come. */
  prepare(camera: Camera, viewport: Extent, ratio: number): boolean {
    const size = { width: this.slide.width ?? 0, height: this.slide.height ?? 0 }
    const plan = planTiles(this.slide.levels, size, camera, viewport, ratio)
    const sources = { slide: this.slide, size, look: this.look, previous: null, cache: this.cache, isMissing: () => false }
    const { jobs } = compose({ ...plan, ahead: [] }, sources)
    const left = jobs.filter((job) => this.loader.failure(job.key) === null)
    this.loader.want(left.map((job) => ({ ...job, visible: false })))
    return left.length === 0
  }

  /** The whole slide in one small image, in the current look; null until it has arrived. */
  overview(): Piece | null {
    const level = this.slide.levels[0]
    if (level === undefined) return null
    const address = { z: level.z, x: 0, y: 0 }
    const look = [this.look, this.previous].find((one) => one !== null && this.cache.has(tileKey(one, address)))
    const image = look === null || look === undefined ? undefined : this.cache.get(tileKey(look, address))
    if (image === undefined) return null
    return { image, ...placeTile(level, address, this.slide.width ?? 0, this.slide.height ?? 0) }
  }

  readonly retry = (): void => this.loader.retryNow()

  close(): void {
    window.removeEventListener('online', this.retry)
    this.stopWaiting()
    clearInterval(this.clock)
    this.ending.abort()
    this.loader.close()
    this.pool.decoder.setTable(this.tableName, null)
    this.cache.close()
  }

  private keep(key: string, image: ImageBitmap): void {
    if (this.ending.signal.aborted) image.close()
    else this.cache.put(key, image)
  }

  private watchSpeed(): void {
    const slowSeconds = this.loader.latency.slowSeconds(performance.now())
    if (slowSeconds === this.state.slowSeconds) return
    this.state = { ...this.state, slowSeconds }
    this.tell.changed()
  }

  /** Fetch the colour table when the slide needs one; without it colours are shown as stored, and said so. */
  private async loadTable(): Promise<void> {
    const { managed, lut_size: size } = this.slide.colour
    if (!managed || size === null) return
    const version = this.slide.version === null ? '' : `?v=${this.slide.version}`
    try {
      const response = await fetch(`/api/v1/slides/${this.slide.slide_id}/colour-lut${version}`, {
        signal: this.ending.signal,
        credentials: 'same-origin',
        headers: guestHeaders(),
      })
      if (!response.ok) this.tell.colourFailed(await problemOf(response))
      else this.pool.decoder.setTable(this.tableName, { size, values: new Uint8Array(await response.arrayBuffer()) })
    } catch {
      if (!this.ending.signal.aborted) this.tell.colourFailed(new ApiError(UNREACHABLE, '', 0, null))
    }
  }
}
