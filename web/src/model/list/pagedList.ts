import { isAbort } from '../../api/problem'
import { type Readable, Store } from '../store'

/** First page small, so that something is on screen soon; then the largest that the API gives. */
const FIRST_PAGE = 100
const NEXT_PAGE = 500

/** One page as the API answers it; `Head` is what it says beside the items. */
export type Paged<Item, Head extends object> = Head & {
  items: Item[]
  next_cursor: string | null
  total: number
}

export type FetchPage<Item, Head extends object, Selection> = (
  selection: Selection,
  page: { limit: number; cursor?: string },
  signal: AbortSignal,
) => Promise<Paged<Item, Head>>

/** What is known of a list so far; `items` is its beginning, without gaps. */
export interface PagedState<Item, Head extends object> {
  items: readonly Item[]
  total: number
  /** What the list's pages say beside their items. */
  head: Head
  /** True until the first page of the present selection is there; items may still be the former list's. */
  pending: boolean
  /** True once a first page has arrived. */
  known: boolean
  error: unknown
}

interface Wiring<Item, Head extends object, Selection> {
  fetchPage: FetchPage<Item, Head, Selection>
  idOf: (item: Item) => string
  /** The head of a list of which no page is there yet, and what of a page is its head. */
  nothing: Head
  headOf: (page: Paged<Item, Head>) => Head
}

/** A list, read page by page as far as somebody looks; a new selection aborts the former one. */
export class PagedList<Item extends object, Head extends object, Selection> {
  private readonly store: Store<PagedState<Item, Head>>
  private selection: Selection | null = null
  private cursor: string | null = null
  private controller = new AbortController()
  private loading = false
  private wanted = 0
  /** The last page that was asked for because somebody looked. */
  private page: Promise<void> = Promise.resolve()
  private refreshing: Promise<void> | null = null
  private stale = false
  /** Counts changes in place: an answer from before one would take it back on the screen. */
  private amended = 0

  constructor(private readonly wiring: Wiring<Item, Head, Selection>) {
    const { nothing } = wiring
    this.store = new Store({ items: [], total: 0, head: nothing, pending: true, known: false, error: null })
  }

  get state(): Readable<PagedState<Item, Head>> {
    return this.store
  }

  /** Show another selection; the same one again only brings it up to date. */
  show(selection: Selection): void {
    if (JSON.stringify(selection) === JSON.stringify(this.selection)) {
      void this.refresh()
      return
    }
    this.selection = selection
    this.wanted = 0
    this.cursor = null
    this.store.set({ pending: true, error: null })
    this.page = this.load(FIRST_PAGE)
  }

  /** Make sure that the items up to `index` are read, page after page. */
  reach(index: number): void {
    this.wanted = Math.max(this.wanted, index)
    const { pending, error, items } = this.store.get()
    if (pending || error !== null || this.loading || this.cursor === null || items.length > this.wanted) return
    this.page = this.load(NEXT_PAGE)
  }

  /** Try again after an error, where it happened. */
  retry(): void {
    this.store.set({ error: null })
    if (this.store.get().pending) this.page = this.load(FIRST_PAGE)
    else this.reach(this.wanted)
  }

  /** Show changed items in place, before the server has said so. */
  amend(change: (item: Item) => Item): void {
    const items = this.store.get().items
    const changed = items.map(change)
    if (changed.every((item, at) => item === items[at])) return
    this.amended += 1
    this.store.set({ items: changed })
  }

  /** Read the beginning of the list again, in place: for lists that change while somebody looks. */
  refresh(): Promise<void> {
    this.stale = true
    this.refreshing ??= this.catchUp()
    return this.refreshing
  }

  /** An answer that was on its way when somebody asked again may be from before the change that they ask for. */
  private async catchUp(): Promise<void> {
    while (this.stale) {
      this.stale = false
      if (this.loading) await this.page
      await this.readAgain()
    }
    this.refreshing = null
  }

  private async readAgain(): Promise<void> {
    const { items, pending, error } = this.store.get()
    if (this.selection === null || pending || error !== null) return
    const limit = Math.min(NEXT_PAGE, Math.max(FIRST_PAGE, items.length))
    const amended = this.amended
    const page = await this.fetch(limit, null)
    if (page === null) return
    if (amended !== this.amended) {
      this.stale = true
      return
    }
    // A longer list keeps what lies behind the part that was read again: its order may be stale, its rows are not lost.
    const whole = items.length <= limit
    if (whole) this.cursor = page.next_cursor
    const { idOf } = this.wiring
    const seen = new Set(page.items.map(idOf))
    const rest = whole ? [] : items.slice(limit).filter((item) => !seen.has(idOf(item)))
    this.store.set({ ...this.about(page), items: [...page.items, ...rest] })
    this.reach(this.wanted)
  }

  private async load(limit: number): Promise<void> {
    const cursor = this.cursor
    const page = await this.fetch(limit, cursor)
    if (page === null) return
    this.cursor = page.next_cursor
    const before = cursor === null ? [] : this.store.get().items
    this.store.set({ ...this.about(page), items: [...before, ...page.items], pending: false, known: true })
    this.reach(this.wanted)
  }

  /** Read one page; null when it failed (the error is in the state) or was overtaken. */
  private async fetch(limit: number, cursor: string | null): Promise<Paged<Item, Head> | null> {
    if (this.selection === null) return null
    this.controller.abort()
    const controller = new AbortController()
    this.controller = controller
    this.loading = true
    try {
      const place = cursor === null ? { limit } : { limit, cursor }
      const page = await this.wiring.fetchPage(this.selection, place, controller.signal)
      return controller.signal.aborted ? null : page
    } catch (error) {
      if (!isAbort(error) && !controller.signal.aborted) this.store.set({ error })
      return null
    } finally {
      if (this.controller === controller) this.loading = false
    }
  }

  private about(page: Paged<Item, Head>): Pick<PagedState<Item, Head>, 'total' | 'head' | 'error'> {
    return { total: page.total, head: this.wiring.headOf(page), error: null }
  }
}
