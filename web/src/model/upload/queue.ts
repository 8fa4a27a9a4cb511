import { ApiError, UNREACHABLE, isAbort } from '../../api/problem'
import {
  type Arrival,
  type Begun,
  createUpload,
  deleteUpload,
  getArrival,
  retryArrival,
  sendPiece,
  uploadOffset,
} from '../../api/uploads'
import { Store } from '../store'
import type { SlideGroup } from './groups'
import { hashFile } from './hasher'
import { Rate } from './rate'

export type ItemState = 'queued' | 'sending' | 'paused' | 'registering' | 'done' | 'duplicate' | 'failed'

/** Where slides go that somebody uploads. */
export interface Destination {
  readonly project: string | null
  readonly case: string | null
}

/** One slide on its way to the server. */
export interface UploadItem {
  readonly key: string
  readonly name: string
  readonly size: number
  readonly sent: number
  readonly state: ItemState
  readonly rate_per_s: number | null
  readonly error: Error | null
  /** Why the server did not register it, in its own words. */
  readonly reason: string | null
  readonly arrivalId: string | null
  readonly slideId: string | null
}

interface Work {
  group: SlideGroup
  to: Destination
  uploads: Map<string, string>
  /** The upload that is being made on the server right now. */
  beginning: Promise<Begun> | null
  abort: AbortController
  rate: Rate
}

const AT_ONCE = 2
const PIECE = 8 * 2 ** 20
/** Small files are hashed before they are sent, large ones while they are. */
const HASH_FIRST = PIECE
const LOOK_MS = 700
const WAITS_MS = [1000, 2000, 4000, 8000, 15_000, 30_000]

/** Sends slides, two at a time; goes on by itself when the network comes back, never from the beginning. */
export class UploadQueue {
  readonly state = new Store<{ items: readonly UploadItem[] }>({ items: [] })
  private readonly work = new Map<string, Work>()

  /** `arrived` is called whenever a slide was registered. */
  constructor(private readonly arrived: () => void) {}

  /** Add slides; one that is there already goes on where it stopped. */
  add(groups: readonly SlideGroup[], to: Destination): void {
    const items = this.state.get().items.filter((item) => !groups.some((group) => group.key === item.key))
    const added = groups.map((group): UploadItem => {
      this.work.get(group.key)?.abort.abort()
      this.work.set(group.key, { group, to, uploads: new Map(), beginning: null, abort: new AbortController(), rate: new Rate() })
      return {
        key: group.key,
        name: group.name,
        size: group.size,
        sent: 0,
        state: 'queued',
        rate_per_s: null,
        error: null,
        reason: null,
        arrivalId: null,
        slideId: null,
      }
    })
    this.state.set({ items: [...items, ...added] })
    this.next()
  }

  pause(key: string): void {
    this.work.get(key)?.abort.abort()
    this.change(key, { state: 'paused', rate_per_s: null })
    this.next()
  }

  /** Go on with what was paused or failed on the way. */
  resume(key: string): void {
    const work = this.work.get(key)
    if (work === undefined) return
    work.abort = new AbortController()
    this.change(key, { state: 'queued', error: null, reason: null })
    this.next()
  }

  /** Stop and let the server forget what it has. */
  async cancel(key: string): Promise<void> {
    const work = this.work.get(key)
    work?.abort.abort()
    this.forget(key)
    await work?.beginning?.catch(() => undefined)
    for (const uploadId of work?.uploads.values() ?? []) await deleteUpload(uploadId).catch(() => undefined)
  }

  /** Take an item that is over out of the list. */
  forget(key: string): void {
    this.work.delete(key)
    this.state.set({ items: this.state.get().items.filter((item) => item.key !== key) })
    this.next()
  }

  /** Register a slide a second time, or try again what could not be registered. */
  async again(key: string, keep: boolean): Promise<void> {
    const item = this.item(key)
    const work = this.work.get(key)
    if (item === undefined || item.arrivalId === null || work === undefined) return
    work.abort = new AbortController()
    this.change(key, { state: 'registering', error: null, reason: null })
    try {
      await retryArrival(item.arrivalId, keep)
      await this.follow(key, item.arrivalId, work.abort.signal)
    } catch (error) {
      this.fail(key, error)
    }
  }

  get sending(): boolean {
    return this.state.get().items.some((item) => item.state === 'sending' || item.state === 'queued')
  }

  private next(): void {
    const { items } = this.state.get()
    const busy = items.filter((item) => item.state === 'sending').length
    for (const item of items.filter(({ state }) => state === 'queued').slice(0, Math.max(0, AT_ONCE - busy))) {
      this.change(item.key, { state: 'sending' })
      void this.send(item.key)
    }
  }

  private async send(key: string): Promise<void> {
    const work = this.work.get(key)
    if (work === undefined) return
    const { signal } = work.abort
    try {
      let arrivalId = ''
      let before = 0
      for (const one of work.group.files) {
        arrivalId = await this.sendFile(key, work, one.path, one.file, before, signal)
        before += one.file.size
      }
      this.change(key, { state: 'registering', sent: work.group.size, rate_per_s: null, arrivalId })
      this.next()
      await this.follow(key, arrivalId, signal)
    } catch (error) {
      this.fail(key, error)
    }
  }

  private async sendFile(
    key: string,
    work: Work,
    path: string,
    file: File,
    before: number,
    signal: AbortSignal,
  ): Promise<string> {
    const first = file.size <= HASH_FIRST
    const hash = hashFile(file)
    hash.catch(() => undefined) // said where it is waited for
    const sha256 = first ? await hash : 'later'
    const begun = await this.insist(signal, () => begin(work, path, file.size, sha256))
    signal.throwIfAborted()
    let offset = begun.offset
    const tell = (): void =>
      this.change(key, { sent: before + offset, rate_per_s: work.rate.at(before + offset), arrivalId: begun.arrivalId })
    tell()
    while (offset < file.size) {
      const piece = file.slice(offset, offset + PIECE)
      const from = offset
      offset = await this.insist(signal, async (again) =>
        again && (await uploadOffset(begun.uploadId, signal)) !== from
          ? uploadOffset(begun.uploadId, signal)
          : sendPiece(begun.uploadId, from, piece, { signal }),
      )
      tell()
    }
    if (!first) {
      const whole = await hash
      await this.insist(signal, () => sendPiece(begun.uploadId, offset, new Blob([]), { sha256: whole, signal }))
    }
    return begun.arrivalId
  }

  /** Try until it works, as long as the reason is the network or a server that is busy. */
  private async insist<T>(signal: AbortSignal, attempt: (again: boolean) => Promise<T>): Promise<T> {
    for (let turn = 0; ; turn += 1) {
      try {
        return await attempt(turn > 0)
      } catch (error) {
        const wait = WAITS_MS[Math.min(turn, WAITS_MS.length - 1)] ?? 1000
        if (!passes(error) || signal.aborted) throw error
        await pause(wait, signal)
      }
    }
  }

  /** Watch an arrival until it is a slide or was refused. */
  private async follow(key: string, arrivalId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const arrival = await this.insist(signal, () => getArrival(arrivalId, signal))
      if (arrival.state === 'done') {
        this.change(key, { state: 'done', slideId: arrival.slide_ids[0] ?? null })
        this.arrived()
        return
      }
      if (arrival.state === 'failed' || arrival.state === 'duplicate') {
        this.refused(key, arrival)
        return
      }
      await pause(LOOK_MS, signal)
    }
  }

  private refused(key: string, arrival: Arrival): void {
    this.change(key, {
      state: arrival.state === 'duplicate' ? 'duplicate' : 'failed',
      reason: arrival.reason?.message ?? null,
      slideId: arrival.duplicate_of,
    })
  }

  private fail(key: string, error: unknown): void {
    // A pause and a cancel have said already what becomes of the item.
    if (isAbort(error)) return
    this.change(key, {
      state: 'failed',
      rate_per_s: null,
      error: error instanceof Error ? error : new Error(String(error)),
    })
    this.next()
  }

  private item(key: string): UploadItem | undefined {
    return this.state.get().items.find((item) => item.key === key)
  }

  private change(key: string, patch: Partial<UploadItem>): void {
    const { items } = this.state.get()
    this.state.set({ items: items.map((item) => (item.key === key ? { ...item, ...patch } : item)) })
  }
}

/** Make an upload on the server, to the end even when it is cancelled meanwhile: it would lie there and nobody know it. */
async function begin(work: Work, path: string, size: number, sha256: string): Promise<Begun> {
  const { key: group, files } = work.group
  work.beginning = createUpload({ path, size, sha256, ...work.to, group, groupFiles: files.length, keep: false })
  const begun = await work.beginning
  work.uploads.set(path, begun.uploadId)
  return begun
}

function passes(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  return error.code === UNREACHABLE || error.code === 'upload_offset' || error.status === 423 || error.status >= 502
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new DOMException('aborted', 'AbortError'))
    })
  })
}
