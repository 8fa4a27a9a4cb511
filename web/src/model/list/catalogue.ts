import type { Root } from '../../api/imports'
import { isAbort } from '../../api/problem'
import type { Project } from '../../api/slides'
import { type Readable, Store } from '../store'

/** While a folder registers, its figures are read this often. */
const PROGRESS_MS = 1000
/** Otherwise this often: slides arrive by themselves, and a scan may be over between two looks. */
const IDLE_MS = 10_000
/** Every so many looks at the figures, projects and slides are read as well. */
const LOOKS_PER_REFRESH = 3
/** After somebody asked for a scan, it may take so many looks until it begins (or was over before one came). */
const PATIENCE = 8

export interface CatalogueState {
  projects: readonly Project[]
  roots: readonly Root[]
  known: boolean
  error: unknown
}

export interface CatalogueSource {
  projects: (signal: AbortSignal) => Promise<Project[]>
  roots: (signal: AbortSignal) => Promise<Root[]>
}

/** The projects and served folders, kept up to date while a folder registers. */
export class Catalogue {
  private readonly store = new Store<CatalogueState>({ projects: [], roots: [], known: false, error: null })
  private controller = new AbortController()
  private timer: ReturnType<typeof setTimeout> | undefined
  private looks = 0
  private patience = 0

  /** `onChange` is called whenever slides may have come or changed. */
  constructor(
    private readonly source: CatalogueSource,
    private readonly onChange: () => void,
  ) {}

  get state(): Readable<CatalogueState> {
    return this.store
  }

  /** Read everything now, and go on reading as long as a folder registers. */
  async look(): Promise<void> {
    this.stop()
    const { signal } = this.controller
    await this.read(signal, async () => {
      const [projects, roots] = await Promise.all([this.source.projects(signal), this.source.roots(signal)])
      this.store.set({ projects, roots, known: true, error: null })
      this.follow(signal)
    })
  }

  /** Like `look`, for somebody who has just asked for a scan: it may not have begun yet. */
  async expectScan(): Promise<void> {
    this.patience = PATIENCE
    await this.look()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.controller.abort()
    this.controller = new AbortController()
  }

  private follow(signal: AbortSignal): void {
    const scanning = this.store.get().roots.some((root) => root.scanning)
    if (signal.aborted) return
    const soon = scanning || this.patience > 0
    this.patience = scanning ? 0 : Math.max(0, this.patience - 1)
    this.timer = setTimeout(() => void (soon ? this.progress(signal) : this.glance(signal)), soon ? PROGRESS_MS : IDLE_MS)
  }

  private async progress(signal: AbortSignal): Promise<void> {
    await this.read(signal, async () => {
      const roots = await this.source.roots(signal)
      this.looks += 1
      const over = !roots.some((root) => root.scanning)
      if (over || this.looks % LOOKS_PER_REFRESH === 0) {
        this.store.set({ roots, projects: await this.source.projects(signal) })
        this.onChange()
      } else {
        this.store.set({ roots })
      }
    })
    this.follow(signal)
  }

  /** Look whether anything came while nobody waited for it. */
  private async glance(signal: AbortSignal): Promise<void> {
    await this.read(signal, async () => {
      const before = figures(this.store.get().roots)
      const roots = await this.source.roots(signal)
      // Who may not see the folders asks for the slides themselves.
      if (roots.length > 0 && figures(roots) === before) return
      this.store.set({ roots, projects: await this.source.projects(signal) })
      this.onChange()
    })
    this.follow(signal)
  }

  private async read(signal: AbortSignal, step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.store.set({ error })
    }
  }
}

/** What changes when a folder's slides do. */
function figures(roots: readonly Root[]): string {
  return JSON.stringify(roots.map((one) => [one.root_id, one.found, one.done, one.registered, one.unreadable, one.scanning]))
}
