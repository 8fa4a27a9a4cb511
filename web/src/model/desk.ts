/** Several slides side by side: which slide lies in which pane, which pane keys act on, and whether they move together. */
import type { Extent } from './frame'
import { Store } from './store'

export const MOST_PANES = 9
/** What the layout buttons offer. */
export const LAYOUTS = [1, 2, 3, 4, 6, 9] as const

export interface Pane {
  /** Stays with the pane, whatever slide it shows. */
  readonly id: number
  /** Null: a slide is still to be chosen. */
  readonly slideId: string | null
  /** The view to open with, as the fragment of a link; empty for the usual one. */
  readonly start: string
}

export interface DeskState {
  readonly panes: readonly Pane[]
  readonly active: number
  /** Panes move together. */
  readonly locked: boolean
}

/** What a link says of the panes. */
export interface DeskPlan {
  panes: { slideId: string | null; start: string }[]
  /** Index of the active pane. */
  active: number
  locked: boolean
}

export class Desk extends Store<DeskState> {
  private nextId = 1

  constructor(plan: DeskPlan) {
    super({ panes: [], active: 0, locked: true })
    this.lay(plan)
  }

  get active(): Pane {
    const { panes, active } = this.get()
    const pane = panes.find((one) => one.id === active) ?? panes[0]
    if (pane === undefined) throw new Error('a desk has at least one pane')
    return pane
  }

  /** Lay everything anew, as a link says. */
  lay(plan: DeskPlan): void {
    const panes = plan.panes.slice(0, MOST_PANES).map((pane) => ({ id: this.nextId++, ...pane }))
    const active = panes[plan.active] ?? panes[0]
    if (active !== undefined) this.set({ panes, active: active.id, locked: plan.locked })
  }

  /** Lie as somebody else's desk does; panes whose slide is among theirs stay open. Each is then moved by itself. */
  mirror({ panes: theirs, active }: DeskPlan): void {
    const { panes: before, active: was, locked: tied } = this.get()
    const free = [...before]
    const panes = theirs.slice(0, MOST_PANES).map((pane) => {
      const at = free.findIndex(({ slideId }) => slideId === pane.slideId)
      return free.splice(at, at < 0 ? 0 : 1)[0] ?? { id: this.nextId++, ...pane }
    })
    const now = (panes[active] ?? panes[0])?.id
    const locked = panes.length < 2
    const same = panes.length === before.length && panes.every((pane, i) => pane === before[i])
    if (now === undefined || (same && now === was && locked === tied)) return
    this.set({ panes, active: now, locked })
  }

  /** Whether a link says what already lies here. */
  matches(plan: DeskPlan): boolean {
    const { panes, active, locked } = this.get()
    return (
      locked === plan.locked &&
      panes.length === plan.panes.length &&
      panes.every((pane, i) => pane.slideId === plan.panes[i]?.slideId && (pane.id === active) === (i === plan.active))
    )
  }

  /** Put a slide into a pane, by default the active one. */
  show(slideId: string, id = this.get().active, start = ''): void {
    const { panes } = this.get()
    if (panes.some((pane) => pane.id === id && pane.slideId === slideId)) return
    this.set({ panes: panes.map((pane) => (pane.id === id ? { ...pane, slideId, start } : pane)) })
  }

  activate(id: number): void {
    if (this.get().panes.some((pane) => pane.id === id)) this.set({ active: id })
  }

  /** Make the next or the previous pane active. */
  step(by: 1 | -1): void {
    const { panes, active } = this.get()
    const at = panes.findIndex((pane) => pane.id === active)
    const next = panes[(at + by + panes.length) % panes.length]
    if (next !== undefined) this.set({ active: next.id })
  }

  /**
   * Show this many panes. New ones take the first of `offered` that nobody shows yet; of those too many the
   * last ones go, but never the active one.
   */
  resize(count: number, offered: readonly string[]): void {
    const wanted = Math.min(Math.max(count, 1), MOST_PANES)
    const panes = [...this.get().panes]
    const free = offered.filter((slideId) => !panes.some((pane) => pane.slideId === slideId))
    while (panes.length < wanted) panes.push({ id: this.nextId++, slideId: free.shift() ?? null, start: '' })
    while (panes.length > wanted) {
      const last = panes.findLastIndex((pane) => pane.id !== this.get().active)
      panes.splice(last, 1)
    }
    if (panes.length !== this.get().panes.length) this.set({ panes })
  }

  /** Take a pane away; the last one stays. */
  close(id: number): void {
    const { panes, active } = this.get()
    if (panes.length < 2) return
    const at = panes.findIndex((pane) => pane.id === id)
    const left = panes.filter((pane) => pane.id !== id)
    const next = left[Math.min(at, left.length - 1)]
    this.set({ panes: left, ...(active === id && next !== undefined ? { active: next.id } : {}) })
  }
}

/** Columns and rows for so many panes: whole rows if possible, and panes as square as they get. */
export function gridOf(count: number, area: Extent): { columns: number; rows: number } {
  let best = { columns: count, rows: 1, cost: Infinity }
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns)
    const shape = Math.abs(Math.log((Math.max(area.width, 1) / columns / Math.max(area.height, 1)) * rows))
    // Nine slides in one row would be nine slits: a grid as square as its panes reads best.
    const cost = shape + (columns * rows - count) * 0.35 + Math.abs(Math.log(columns / rows)) * 0.15
    if (cost < best.cost) best = { columns, rows, cost }
  }
  return { columns: best.columns, rows: best.rows }
}

/** Stands in a link for the pane whose view the link itself is. */
const HERE = '*'
const NOBODY = '-'

/**
 * What a link adds for more than one pane, empty for one: `panes=` and every pane in its order, `*` for the one
 * that the link itself is about, the others as slide and view (`;` and `:` in place of `&` and `=`).
 */
export function deskToFragment(state: DeskState, here: number, viewOf: (pane: Pane) => string): string {
  if (state.panes.length < 2) return ''
  const panes = state.panes.map((pane) => {
    if (pane.id === here) return HERE
    if (pane.slideId === null) return NOBODY
    const view = viewOf(pane).replaceAll('&', ';').replaceAll('=', ':')
    return [encodeURIComponent(pane.slideId), ...(view === '' ? [] : [view])].join(';')
  })
  return `panes=${panes.join(',')}${state.locked ? '' : '&lock=0'}`
}

/** The panes of a link to `slideId`; anything senseless is left out. */
export function deskFromFragment(fragment: string, slideId: string): DeskPlan {
  const own = fragment.replace(/^#/, '')
  const query = new URLSearchParams(own)
  const alone = { panes: [{ slideId, start: own }], active: 0, locked: true }
  const said = query.get('panes')?.split(',').slice(0, MOST_PANES) ?? []
  const active = said.indexOf(HERE)
  if (active < 0) return alone
  const panes = said.map((text) => {
    if (text === HERE) return { slideId, start: own }
    const [other = '', ...view] = text.split(';')
    const known = /^[\w-]+$/.test(other) && other !== NOBODY
    return known ? { slideId: other, start: view.join('&').replaceAll(':', '=') } : { slideId: null, start: '' }
  })
  return { panes, active, locked: query.get('lock') !== '0' }
}
