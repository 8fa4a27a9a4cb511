import { createContext, use } from 'react'

import type { SlideDetail } from '../../api/slides'
import type { Matrix } from '../../model/alignment'
import { forgetAlignment, keepAlignment, type KeptAlignment, keptAlignment } from '../../model/alignments'
import { type Desk, deskFromFragment, deskToFragment, type Pane } from '../../model/desk'
import { firstPlane, pixelSize } from '../../model/slide'
import { Store } from '../../model/store'
import { viewToFragment } from '../../model/viewlink'
import { currentPlace, onPlaceChange } from '../../shell/navigation'
import { matchRoute } from '../../shell/routes'
import { Linking } from '../../viewer/linking'
import type { OpenViewer } from './OpenViewer'

/** What a pane shows, once it shows something. */
export interface OpenPane {
  pane: Pane
  open: OpenViewer
  /** The slide's facts changed: somebody entered its pixel size. */
  changed: (slide: SlideDetail) => void
}

/** The desk with the viewers that are open on it. */
export class OpenDesk {
  readonly opens = new Store<{ panes: ReadonlyMap<number, OpenPane> }>({ panes: new Map() })
  /** Which pane a slide is being chosen for. */
  readonly picking = new Store<{ pane: number | null }>({ pane: null })
  /** Counts what became known of how slides lie on each other. */
  readonly known = new Store({ version: 0 })
  /** The active pane has shown its first slide. */
  private led = false
  readonly linking: Linking
  /** The address that was written last, so that it is not taken for somebody's wish. */
  written = ''
  /** The pane whose picture had the focus when its slide went: the next one's gets it. */
  private refocus: number | null = null

  constructor(readonly desk: Desk) {
    this.linking = new Linking(desk.get().locked)
  }

  /** Follow the lock and the address until the returned function is called. */
  start(): () => void {
    const { desk } = this
    const stopLocking = desk.subscribe(() => this.linking.setLocked(desk.get().locked, desk.get().active))
    const stopFollowing = onPlaceChange(() => this.follow())
    return () => {
      stopLocking()
      stopFollowing()
    }
  }

  /** The pane that keys act on, if its slide is there. */
  get active(): OpenPane | null {
    return this.opens.get().panes.get(this.desk.get().active) ?? null
  }

  /** The pane to compare the active one with: the next one that shows a slide. */
  get partner(): OpenPane | null {
    const { panes, active } = this.desk.get()
    const at = panes.findIndex((pane) => pane.id === active)
    const order = [...panes.slice(at + 1), ...panes.slice(0, at)]
    return order.map((pane) => this.opens.get().panes.get(pane.id)).find((one) => one !== undefined) ?? null
  }

  /** The picture of a pane goes while it has the focus. */
  loseFocus(id: number): void {
    this.refocus = id
  }

  /** Whether the picture that opens in a pane is to take the focus of the one before. */
  takeFocus(id: number): boolean {
    const wanted = this.refocus === id
    if (wanted) this.refocus = null
    return wanted
  }

  opened(pane: OpenPane, placed: boolean): void {
    const { id } = pane.pane
    const others = [...this.opens.get().panes.values()].filter((other) => other.pane.id !== id)
    const active = this.desk.get().active
    const beside = (id === active ? this.partner : this.active) ?? others[0] ?? null
    // When the desk is laid, slides come in any order: what the link is about leads.
    const leads = id === active && !this.led
    if (leads) this.led = true
    this.linking.add(id, pane.open.viewer, beside?.pane.id ?? null, { placed, leads })
    this.set((panes) => panes.set(id, pane))
    for (const other of others) void this.recall(other, pane, leads ? id : (beside?.pane.id ?? id), placed)
  }

  closed(id: number): void {
    this.linking.remove(id)
    this.set((panes) => panes.delete(id))
  }

  /** What a link adds for the panes beside the one at `here`. */
  fragment(here: number): string {
    return deskToFragment(this.desk.get(), here, (pane) => {
      const open = this.opens.get().panes.get(pane.id)?.open
      return open === undefined ? pane.start : viewToFragment(open.viewer.view(), pixelSize(open.slide), firstPlane(open.slide))
    })
  }

  /** Somebody went to another address. */
  private follow(): void {
    const { pathname, search, hash } = currentPlace()
    const { name, params } = matchRoute(pathname)
    const slideId = params['slideId']
    if (name !== 'viewer' || slideId === undefined || pathname + search + hash === this.written) return
    this.written = ''
    if (hash === '') {
      // The next slide of the case: the other panes stay.
      this.desk.show(slideId)
      return
    }
    const plan = deskFromFragment(hash, slideId)
    if (this.desk.matches(plan)) return
    this.led = false
    this.desk.lay(plan)
  }

  /** Two panes were aligned by points: keep it for their slides; here it holds even if it cannot be kept. */
  async learn(one: OpenPane, other: OpenPane, kept: KeptAlignment): Promise<void> {
    const [slideId, otherId] = [one.open.slide.slide_id, other.open.slide.slide_id]
    this.linking.learn(slideId, otherId, kept.matrix, { leader: one.pane.id, turn: true })
    this.noteKnown()
    await keepAlignment(slideId, otherId, kept)
  }

  /** How one slide on the desk lies on another, where points tie them. */
  alignment(from: string, to: string): Matrix | null {
    const panes = [...this.opens.get().panes.values()]
    const [one, other] = [from, to].map((slideId) => panes.find(({ open }) => open.slide.slide_id === slideId)?.pane.id)
    if (one === undefined || other === undefined || !this.linking.tied(one, other)) return null
    return this.linking.between(one, other)
  }

  /** Whether points tie two panes themselves, not only through others. */
  canForget(one: OpenPane, other: OpenPane): boolean {
    const [slideId, otherId] = [one.open.slide.slide_id, other.open.slide.slide_id]
    return slideId !== otherId && this.linking.knows(slideId, otherId)
  }

  /** Forget the points of two slides; they stay as they lie. */
  async forget(one: OpenPane, other: OpenPane): Promise<void> {
    const [slideId, otherId] = [one.open.slide.slide_id, other.open.slide.slide_id]
    await forgetAlignment(slideId, otherId)
    this.linking.forget(slideId, otherId)
    this.noteKnown()
  }

  /** Ask whether two slides were aligned before. */
  private async recall(one: OpenPane, other: OpenPane, leader: number, placed: boolean): Promise<void> {
    const [slideId, otherId] = [one.open.slide.slide_id, other.open.slide.slide_id]
    if (this.linking.knows(slideId, otherId)) return
    // Without an answer the slides lie as they would without points.
    const matrix = await keptAlignment(slideId, otherId).catch(() => null)
    const { panes } = this.opens.get()
    const still = [one, other].every((pane) => panes.get(pane.pane.id) === pane)
    if (matrix === null || !still) return
    this.linking.learn(slideId, otherId, matrix, { leader, turn: !placed })
    this.noteKnown()
  }

  private noteKnown(): void {
    this.known.set({ version: this.known.get().version + 1 })
  }

  private set(change: (panes: Map<number, OpenPane>) => void): void {
    const panes = new Map(this.opens.get().panes)
    change(panes)
    this.opens.set({ panes })
  }
}

export const OpenDeskContext = createContext<OpenDesk | null>(null)

export function useDesk(): OpenDesk {
  const desk = use(OpenDeskContext)
  if (desk === null) throw new Error('useDesk is used outside a desk')
  return desk
}
