/** The desk of a follower, which shows what somebody else shows on theirs. */
import type { SharedPane, SharedView } from '../../live/wire'
import type { Viewer } from '../../viewer/viewer'
import type { OpenDesk } from '../viewer/openDesk'
import { goToSlide } from '../viewer/TopBar'
import { panesOf, planFor } from './sharing'

/** Keeps a desk as that of somebody who is followed. */
export class Mirror {
  private laying = false

  constructor(private readonly openDesk: OpenDesk) {}

  show(view: SharedView): void {
    const { desk, opens } = this.openDesk
    const wanted = panesOf(view)
    const laid = desk.get().panes
    this.laying = true
    // From one slide to the next the way back is kept, as it is for whoever goes there by hand.
    if (wanted.length === 1 && laid.length === 1) {
      if (laid[0]?.slideId !== view.slide_id) goToSlide(view.slide_id)
    } else desk.mirror(planFor(wanted, view.slide_id))
    this.laying = false
    const open = opens.get().panes
    desk.get().panes.forEach(({ id }, i) => {
      const [there, pane] = [open.get(id)?.open, wanted[i]]
      if (there !== undefined && pane?.slide_id === there.slide.slide_id) showPane(pane, there.viewer)
    })
  }

  /** Calls when somebody at this desk lays it otherwise themselves, or takes a slide in hand. */
  watchHands(taken: () => void): () => void {
    const { desk, opens } = this.openDesk
    let { panes, active } = desk.get()
    const look = (): void => {
      const now = desk.get()
      const other = now.panes !== panes || now.active !== active
      ;({ panes, active } = now)
      if (other && !this.laying) taken()
    }
    const elements = [...opens.get().panes.values()].map(({ open }) => open.viewer.element)
    for (const element of elements) {
      element.addEventListener('pointerdown', taken)
      element.addEventListener('wheel', taken, { passive: true })
    }
    const stop = desk.subscribe(look)
    return () => {
      stop()
      for (const element of elements) {
        element.removeEventListener('pointerdown', taken)
        element.removeEventListener('wheel', taken)
      }
    }
  }
}

function showPane({ camera, choice }: SharedPane, viewer: Viewer): void {
  const seen = camera as Partial<NonNullable<SharedPane['camera']>> | null
  if (typeof seen?.x === 'number' && typeof seen.y === 'number' && typeof seen.resolution === 'number') {
    const { viewport } = viewer.state.get()
    // All that they see is to be seen here, too.
    const by = Math.max((seen.width ?? viewport.width) / viewport.width, (seen.height ?? viewport.height) / viewport.height)
    const { rotation = 0, mirrored = false } = seen
    viewer.camera.set({ x: seen.x, y: seen.y, resolution: seen.resolution * by, rotation, mirrored })
  }
  if (choice !== undefined && JSON.stringify(choice) !== JSON.stringify(viewer.state.get().choice)) viewer.choose(choice)
}
