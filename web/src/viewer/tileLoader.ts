/**
 * Fetches the tiles that the picture wants, nearest first, and nothing else: what is no longer wanted is
 * aborted, what failed is tried again with growing pauses and meanwhile reported as failed.
 */
import { ApiError, problemFrom, UNREACHABLE } from '../api/problem'
import { Connections } from './connections'
import { Latency } from './latency'

/** A tile to fetch. `visible` ones go before those fetched in advance. */
export interface TileJob {
  key: string
  url: string
  managed: boolean
  visible: boolean
}

interface Failure {
  attempts: number
  retryAt: number
  problem: ApiError
}

/** `T` is what a tile becomes: a picture, or what a worker makes of its bytes. */
export interface TileLoaderOptions<T = ImageBitmap> {
  fetch(url: string, signal: AbortSignal, visible: boolean): Promise<Response>
  decode(body: Blob, managed: boolean, key: string): Promise<T>
  onTile(key: string, image: T): void
  /** Something to draw or to say changed (a failure, a retry that is due). */
  onChange(): void
  /** The whole slide cannot be shown any longer: changed on disk, signed out, gone. */
  onSlideProblem(problem: ApiError): void
  /** Shared with other loaders; else its own. */
  connections?: Connections
  now?: () => number
}

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

/** The answer was no image. */
const UNDECODABLE = 'tile_undecodable'

/** Codes that concern the slide, not one tile. */
const SLIDE_CODES = new Set(['slide_changed', 'slide_suspect', 'slide_not_ready', 'slide_missing', 'unauthenticated', 'forbidden', 'storage_offline'])

/** A busy server is no defect: it is marked only when it stays busy. */
const PATIENT_STATUS = new Set([0, 503])

export class TileLoader<T = ImageBitmap> {
  readonly latency = new Latency()
  private wanted: TileJob[] = []
  private readonly running = new Map<string, { abort: AbortController; visible: boolean }>()
  private readonly failures = new Map<string, Failure>()
  private timer: ReturnType<typeof setTimeout> | null = null
  private readonly now: () => number
  private readonly connections: Connections
  private readonly leave: () => void

  constructor(private readonly options: TileLoaderOptions<T>) {
    this.now = options.now ?? (() => performance.now())
    this.connections = options.connections ?? new Connections()
    this.leave = this.connections.join(() => this.startMore())
  }

  /** Set what is wanted, most urgent first; everything else is dropped. */
  want(jobs: readonly TileJob[]): void {
    this.wanted = [...jobs]
    const keys = new Set(jobs.map((job) => job.key))
    for (const [key, run] of this.running) {
      if (keys.has(key)) continue
      this.running.delete(key)
      this.latency.dropped(key)
      run.abort.abort()
      this.connections.give(run.visible)
    }
    this.startMore()
  }

  /** Why a tile must be marked as missing, or null. */
  failure(key: string): ApiError | null {
    const failure = this.failures.get(key)
    if (failure === undefined) return null
    return failure.attempts > (PATIENT_STATUS.has(failure.problem.status) ? 1 : 0) ? failure.problem : null
  }

  /** Try failed tiles again at once, because someone asked or the network came back. */
  retryNow(): void {
    for (const failure of this.failures.values()) failure.retryAt = 0
    this.startMore()
  }

  close(): void {
    this.want([])
    this.leave()
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }

  private startMore(): void {
    const now = this.now()
    let nextRetry = Infinity
    for (const job of this.wanted) {
      if (this.running.has(job.key)) continue
      const retryAt = this.failures.get(job.key)?.retryAt ?? 0
      if (retryAt > now) {
        nextRetry = Math.min(nextRetry, retryAt)
        continue
      }
      if (!this.connections.take(job.visible)) break
      void this.run(job)
    }
    this.wakeAt(nextRetry)
  }

  private wakeAt(when: number): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = when === Infinity ? null : setTimeout(() => this.startMore(), Math.max(0, when - this.now()) + 5)
  }

  private async run(job: TileJob): Promise<void> {
    const abort = new AbortController()
    this.running.set(job.key, { abort, visible: job.visible })
    this.latency.started(job.key, this.now())
    const problem = await this.attempt(job, abort.signal)
    if (abort.signal.aborted) return
    this.running.delete(job.key)
    this.latency.dropped(job.key)
    if (problem === null) {
      this.failures.delete(job.key)
      this.wanted = this.wanted.filter((other) => other.key !== job.key)
    } else this.fail(job, problem)
    this.options.onChange()
    this.connections.give(job.visible)
  }

  /** Fetch and decode one tile; the problem, or null when it is there. */
  private async attempt(job: TileJob, signal: AbortSignal): Promise<ApiError | null> {
    let response: Response
    let body: Blob
    try {
      response = await this.options.fetch(job.url, signal, job.visible)
      this.latency.answered(job.key, this.now())
      if (!response.ok) return await problemOf(response)
      body = await response.blob()
    } catch {
      return new ApiError(UNREACHABLE, '', 0, null)
    }
    if (signal.aborted) return null
    try {
      this.options.onTile(job.key, await this.options.decode(body, job.managed, job.key))
      return null
    } catch {
      return new ApiError(UNDECODABLE, '', response.status, response.headers.get('x-request-id'))
    }
  }

  private fail(job: TileJob, problem: ApiError): void {
    const attempts = (this.failures.get(job.key)?.attempts ?? 0) + 1
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS)
    this.failures.set(job.key, { attempts, problem, retryAt: this.now() + pause })
    if (SLIDE_CODES.has(problem.code)) this.options.onSlideProblem(problem)
  }
}

/** What a refused request says; a body that is no problem document still has status and request id. */
export async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  return problemFrom(response, body)
}
