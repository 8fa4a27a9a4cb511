/** Whom this tab follows, and what they show: one for all slides that lie side by side, each with a room of its own. */
import { Store } from '../model/store'
import type { SharedView } from './wire'

export interface Guidance {
  readonly following: string | null
  readonly view: SharedView | null
}

export class Guide {
  readonly state = new Store<Guidance>({ following: null, view: null })
  /** The slide in whose room they tell what they show. */
  private room: string | null = null

  follow(clientId: string | null): void {
    if (this.state.get().following === clientId) return
    this.room = null
    this.state.set({ following: clientId, view: null })
  }

  /**
   * A view came in the room of a slide. Whoever went on to another slide said so in the room that they left, which
   * keeps it: once they were followed from there it is old news.
   */
  heard(slideId: string, clientId: string | undefined, view: SharedView): void {
    const { following } = this.state.get()
    if (following === null || clientId !== following) return
    if (view.slide_id !== slideId && this.room !== null && this.room !== slideId) return
    this.room = view.slide_id
    this.state.set({ view })
  }
}
