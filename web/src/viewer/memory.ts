/**
 * Remembers for a person where they are on a slide and what of it they have seen: a cell counts once its sharp
 * picture has stood still for a moment at 10x or more. Saved in pauses and, so that nothing is lost, on leaving.
 */
import { addCoverage, getCoverage, type PlaceIn, putPlace } from '../api/viewing'
import { isAbort } from '../api/problem'
import { cellsInView, type Grid, gridOf, seenFrom, unpacked } from '../model/coverage'
import { opened } from '../model/opened'
import type { Slide } from '../model/slide'
import { Store } from '../model/store'
import { canonicalStyle } from '../model/style'
import type { Viewer } from './viewer'

const REST_MS = 250
const SAVE_MS = 1200
/** As many cells as the server takes at a time. */
const BATCH = 20_000

export interface Map {
  readonly grid: Grid
  /** One byte a cell; 1 is seen. Another array whenever something changes. */
  readonly seen: Uint8Array
  /** Null until the server has said where the tissue is. */
  readonly tissue: Uint8Array | null
  readonly problem: unknown
}

const memories = new WeakMap<Viewer, Memory>()

/** What is remembered of an open viewer, while it is open. */
export function memoryOf(viewer: Viewer): Memory | null {
  return memories.get(viewer) ?? null
}

export class Memory {
  readonly map: Store<Map>
  private readonly grid: Grid
  private readonly limit: number
  private readonly ends: (() => void)[] = []
  private readonly unsent = new Set<number>()
  private readonly asking = new AbortController()
  private asked = false
  /** The slide was really looked at: from then on every move is worth keeping. */
  private looked = false
  private moved = false
  private resting: ReturnType<typeof setTimeout> | undefined
  private saving: ReturnType<typeof setTimeout> | undefined
  private watched: readonly unknown[] = []

  constructor(
    private readonly viewer: Viewer,
    private readonly slide: Slide,
  ) {
    this.grid = gridOf(slide)
    this.limit = seenFrom(slide)
    const seen = new Uint8Array(this.grid.cols * this.grid.rows)
    this.map = new Store<Map>({ grid: this.grid, seen, tissue: null, problem: null })
    memories.set(viewer, this)
    this.ends.push(viewer.state.subscribe(this.watch))
    document.addEventListener('visibilitychange', this.hidden)
    window.addEventListener('pagehide', this.flush)
    this.watch()
  }

  /** Fetch what was seen before and where the tissue is; the first look at a slide takes the server a moment. */
  async load(): Promise<void> {
    if (this.asked) return
    this.asked = true
    this.map.set({ problem: null })
    try {
      const found = await getCoverage(this.slide.slide_id, this.asking.signal)
      if (found.cell_px !== this.grid.cellPx) return // somebody entered a pixel size meanwhile
      const before = unpacked(found.seen, this.grid)
      const seen = this.map.get().seen.map((one, cell) => one | (before[cell] ?? 0))
      this.map.set({ seen, tissue: unpacked(found.tissue, this.grid) })
    } catch (problem) {
      this.asked = false
      if (!isAbort(problem)) this.map.set({ problem })
    }
  }

  close(): void {
    for (const end of this.ends) end()
    document.removeEventListener('visibilitychange', this.hidden)
    window.removeEventListener('pagehide', this.flush)
    this.asking.abort()
    clearTimeout(this.resting)
    this.flush()
    memories.delete(this.viewer)
  }

  private readonly watch = (): void => {
    const { camera, viewport, choice, waiting } = this.viewer.state.get()
    const now = [camera, viewport.width, viewport.height, choice, waiting === 0]
    if (now.every((part, i) => part === this.watched[i])) return
    this.watched = now
    if (this.looked) this.keepSoon()
    clearTimeout(this.resting)
    if (waiting === 0) this.resting = setTimeout(this.rest, REST_MS)
  }

  /** The picture is sharp and stands still. */
  private readonly rest = (): void => {
    const { camera, viewport } = this.viewer.state.get()
    if (document.visibilityState !== 'visible' || viewport.width === 0) return
    if (!this.looked) opened.mark(this.slide.slide_id)
    this.looked = true
    if (camera.resolution <= this.limit) this.see(cellsInView(camera, viewport, this.grid, this.viewer.size))
    this.keepSoon()
  }

  private keepSoon(): void {
    this.moved = true
    clearTimeout(this.saving)
    this.saving = setTimeout(this.flush, SAVE_MS)
  }

  private see(cells: readonly number[]): void {
    const fresh = cells.filter((cell) => this.map.get().seen[cell] === 0)
    if (fresh.length === 0) return
    const seen = this.map.get().seen.slice()
    for (const cell of fresh) {
      seen[cell] = 1
      this.unsent.add(cell)
    }
    this.map.set({ seen })
  }

  private readonly hidden = (): void => {
    if (document.visibilityState === 'hidden') this.flush()
  }

  /** Send what was not sent. What fails is sent with the next: nobody needs to hear of it. */
  private readonly flush = (): void => {
    clearTimeout(this.saving)
    if (this.moved) {
      this.moved = false
      putPlace(this.slide.slide_id, this.place()).catch(() => {
        this.moved = true
      })
    }
    const cells = [...this.unsent].slice(0, BATCH)
    if (cells.length === 0) return
    for (const cell of cells) this.unsent.delete(cell)
    addCoverage(this.slide.slide_id, cells, this.grid.cellPx).catch(() => {
      for (const cell of cells) this.unsent.add(cell)
    })
  }

  private place(): PlaceIn {
    const { style, ...view } = this.viewer.view()
    const text = style === null ? null : canonicalStyle(style)
    return { ...view, style: text === null ? null : (JSON.parse(text) as Record<string, unknown>) }
  }
}
