/**
 * Sends what waits in the outbox, in the order it was made. One tab of a person sends (Web Locks); when it goes, the
 * next goes on. An operation is sent as it was kept, again and again until the server has answered: it knows it by its id.
 */
import { ApiError, isAbort } from '../api/problem'
import type { Job, Op, OpAnswer, OpResult } from '../model/annotations/types'
import type { Kept, Outbox } from './outbox'
import { idOf, type Trouble } from './tabs'

/** Most operations of one request, and most of its bytes (the server takes 16 MiB). */
const MOST_OPS = 500
const MOST_BYTES = 4 * 2 ** 20
/** The session that signed this page's requests is not the browser's any more: somebody else may be here. */
const OTHER_SESSION = 'csrf_refused'
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
/** A request that says nothing for so long is given up and made again. */
export const ANSWER_MS = 30_000

export interface Post {
  ops: (ops: readonly Op[], signal: AbortSignal) => Promise<OpAnswer>
  layer: (job: Extract<Job, { kind: 'layer' }>, signal: AbortSignal) => Promise<unknown>
}

export interface Heard {
  settled: (results: readonly OpResult[], jobs: readonly Job[]) => void
  layerRefused: (job: Extract<Job, { kind: 'layer' }>) => void
  trouble: (trouble: Trouble) => void
}

export interface Surroundings {
  readonly now?: () => number
  readonly random?: () => number
  readonly locks?: Pick<LockManager, 'request'> | undefined
}

export class Sender {
  private readonly stopped = new AbortController()
  private wake: () => void = () => undefined
  private woken = false
  private trouble: Trouble = null
  private failures = 0
  private finishing = false

  constructor(
    private readonly scope: string,
    private readonly outbox: Outbox,
    private readonly post: Post,
    private readonly heard: Heard,
    private readonly around: Surroundings = {},
  ) {}

  /** Begin, as soon as no other tab sends. Resolves when it has ended. */
  async start(): Promise<void> {
    const { signal } = this.stopped
    const locks = 'locks' in this.around ? this.around.locks : globalThis.navigator.locks
    try {
      if (locks === undefined) await this.work()
      else await locks.request(`coverslip.outbox:${this.scope}`, { signal }, () => this.work())
    } catch (error) {
      if (!isAbort(error)) throw error
    }
  }

  /** Something waits, or there may be a network again: do not wait any longer. */
  poke(): void {
    this.woken = true
    this.wake()
  }

  /** Send what is there and end. */
  finish(): void {
    this.finishing = true
    this.poke()
  }

  stop(): void {
    this.stopped.abort()
    this.wake()
  }

  private get over(): boolean {
    return this.stopped.signal.aborted
  }

  private async work(): Promise<void> {
    while (!this.over) {
      this.woken = false
      const waiting = (await this.outbox.list()).filter(({ refused }) => refused === null)
      const [first] = waiting
      if (first === undefined) {
        this.well()
        if (this.finishing) return
        await this.rest(null)
        continue
      }
      const went = first.job.kind === 'layer' ? await this.sendLayer(first, first.job) : await this.sendOps(batch(waiting))
      if (!went) await this.rest(this.pause())
    }
  }

  /** Wait to be woken, or for so long. */
  private async rest(ms: number | null): Promise<void> {
    if (this.woken || this.over) return
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.wake = resolve
      if (ms !== null) timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
    this.wake = () => undefined
  }

  /** Twice as long after each failure, and never all browsers at once. */
  private pause(): number {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, this.failures - 1))
    return longest * (0.5 + (this.around.random ?? Math.random)() / 2)
  }

  private async sendLayer(kept: Kept, job: Extract<Job, { kind: 'layer' }>): Promise<boolean> {
    try {
      await this.post.layer(job, this.deadline())
    } catch (error) {
      const final = finalAnswer(error)
      if (final === null) return this.failed(error)
      await this.outbox.refuse(new Map([[kept.n, final]]))
      this.heard.layerRefused(job)
      return true
    }
    await this.outbox.remove([kept.n])
    this.heard.settled([madeLayer(job.layer.layer_id)], [job])
    this.well()
    return true
  }

  private async sendOps(some: readonly Kept[]): Promise<boolean> {
    const jobs = some.map(({ job }) => job)
    const ops = jobs.flatMap((job) => (job.kind === 'op' ? [job.op] : []))
    let results: readonly OpResult[]
    try {
      results = (await this.post.ops(ops, this.deadline())).results
    } catch (error) {
      const final = finalAnswer(error)
      if (final === null) return this.failed(error)
      // The request as a whole was refused: alone, each shows whether it is the one that cannot be.
      if (some.length > 1 && final.splits) return this.oneByOne(some)
      results = ops.map((op) => refusal(op, final))
    }
    await this.settle(some, results)
    this.well()
    return true
  }

  private async oneByOne(some: readonly Kept[]): Promise<boolean> {
    for (const one of some) if (this.over || !(await this.sendOps([one]))) return false
    return true
  }

  private async settle(some: readonly Kept[], results: readonly OpResult[]): Promise<void> {
    const byId = new Map(results.map((result) => [result.op_id, result]))
    const gone: number[] = []
    const refused = new Map<number, { code: string; detail: string }>()
    for (const { n, job } of some) {
      const result = byId.get(idOf(job))
      if (result === undefined) continue
      // An undo that met somebody else's change is over: the person is told, there is nothing to keep.
      if (result.outcome === 'refused' && result.code !== 'undo_conflict') refused.set(n, { code: result.code ?? 'refused', detail: result.detail ?? '' })
      else gone.push(n)
    }
    if (refused.size > 0) await this.outbox.refuse(refused)
    await this.outbox.remove(gone)
    this.heard.settled(
      results,
      some.map(({ job }) => job),
    )
  }

  private deadline(): AbortSignal {
    return AbortSignal.any([this.stopped.signal, AbortSignal.timeout(ANSWER_MS)])
  }

  private failed(error: unknown): boolean {
    if (this.over) return false
    this.failures += 1
    // A request that waited for somebody to sign in was given up: nobody has yet.
    const waited = isAbort(error) && this.trouble?.reason === 'signed_out'
    const signedOut = error instanceof ApiError && (error.status === 401 || error.code === OTHER_SESSION)
    this.inTrouble(signedOut || waited ? 'signed_out' : 'offline')
    return false
  }

  /** Requests wait for somebody to sign in again: say so while they do. */
  inTrouble(reason: 'offline' | 'signed_out'): void {
    if (this.trouble?.reason === reason) return
    this.trouble = { reason, since: this.trouble?.since ?? (this.around.now ?? Date.now)() }
    this.heard.trouble(this.trouble)
  }

  private well(): void {
    this.failures = 0
    if (this.trouble === null) return
    this.trouble = null
    this.heard.trouble(null)
  }
}

/** A layer is no operation: its entry in the journal comes by itself. */
function madeLayer(layerId: string): OpResult {
  return { op_id: layerId, outcome: 'applied', seq: null, rev: null, lost: [], variant_id: null, code: null, detail: null }
}

/** What an operation is told that the server would not have. */
export function refusal(op: Op, { code, detail }: { code: string; detail: string }): OpResult {
  return { op_id: op.op_id, outcome: 'refused', seq: null, rev: null, lost: [], variant_id: null, code, detail }
}

/** What the server will say again however often it is asked; null when trying again may help. */
function finalAnswer(error: unknown): { code: string; detail: string; splits: boolean } | null {
  if (!(error instanceof ApiError)) return null
  const { status, code, message } = error
  if (code === OTHER_SESSION) return null
  if (status < 400 || status >= 500 || status === 401 || status === 408 || status === 425 || status === 429) return null
  return { code, detail: message, splits: status !== 403 && status !== 404 }
}

/** As many operations as go into one request, up to the first layer. */
function batch(waiting: readonly Kept[]): Kept[] {
  const some: Kept[] = []
  let bytes = 0
  for (const kept of waiting) {
    if (kept.job.kind === 'layer' || some.length === MOST_OPS) break
    bytes += JSON.stringify(kept.job.op).length
    if (some.length > 0 && bytes > MOST_BYTES) break
    some.push(kept)
  }
  return some
}
