/** Which slides the person has opened: asked in batches as slides come into sight, and marked as one opens them. */
import { listOpened } from '../api/viewing'
import { Store } from './store'

/** Slides that come into sight together are asked about together. */
const GATHER_MS = 60
const BATCH = 500
/** Another machine may have opened them meanwhile. */
const ASK_AGAIN_MS = 60_000

type Ask = (slideIds: readonly string[]) => Promise<readonly string[]>

export class Opened {
  readonly state = new Store<{ ids: ReadonlySet<string> }>({ ids: new Set() })
  private readonly askedAt = new Map<string, number>()
  private readonly waiting = new Set<string>()
  private timer: ReturnType<typeof setTimeout> | null = null

  constructor(
    private readonly ask: Ask,
    private readonly now: () => number = () => Date.now(),
  ) {}

  has(slideId: string): boolean {
    return this.state.get().ids.has(slideId)
  }

  /** Find out about a slide that is in sight. */
  wonder(slideId: string): void {
    const before = this.askedAt.get(slideId)
    if (this.has(slideId) || (before !== undefined && this.now() - before < ASK_AGAIN_MS)) return
    this.askedAt.set(slideId, this.now())
    this.waiting.add(slideId)
    this.timer ??= setTimeout(() => void this.askNow(), GATHER_MS)
  }

  mark(slideId: string): void {
    if (!this.has(slideId)) this.add([slideId])
  }

  private async askNow(): Promise<void> {
    this.timer = null
    const ids = [...this.waiting].slice(0, BATCH)
    for (const id of ids) this.waiting.delete(id)
    if (this.waiting.size > 0) this.timer = setTimeout(() => void this.askNow(), GATHER_MS)
    try {
      this.add(await this.ask(ids))
    } catch {
      // A dot is a convenience: without an answer there is none, and it is asked for again.
      for (const id of ids) this.askedAt.delete(id)
    }
  }

  private add(ids: readonly string[]): void {
    if (ids.some((id) => !this.has(id))) this.state.set({ ids: new Set([...this.state.get().ids, ...ids]) })
  }
}

export const opened = new Opened(listOpened)
