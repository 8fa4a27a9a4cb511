import type { SlideDetail } from '../../api/slides'
import type { AnnotationSession } from '../../live/session'
import { Store } from '../../model/store'
import type { Toolbox } from '../../tools/toolbox'
import type { Viewer } from '../../viewer/viewer'

/** Who looks: their changes are kept in this browser, and sent, under this key only. */
export interface Looker {
  key: string
  name: string
  guest: boolean
}

export interface AnnotatingState {
  /** null until the code and the slide's annotations are on their way. */
  session: AnnotationSession | null
  error: unknown
}

/**
 * The annotations of the slide in one pane. The code for them is fetched once the picture is there: nobody waits for
 * it who only looks.
 */
export class Annotating {
  readonly state = new Store<AnnotatingState>({ session: null, error: null })
  private ends: (() => void)[] = []
  private closed = false

  constructor(
    private readonly viewer: Viewer,
    private readonly toolbox: Toolbox,
    private readonly slide: SlideDetail,
    private readonly looker: Looker,
  ) {
    this.open()
  }

  /** Once more, after the code could not be fetched. */
  open = (): void => {
    this.state.set({ error: null })
    import('../annotations/open').then(
      ({ openOn }) => {
        if (this.closed) return
        const { session, close } = openOn(this.viewer, this.toolbox, this.slide, this.looker)
        this.ends = [close]
        this.state.set({ session })
      },
      (error: unknown) => this.state.set({ error }),
    )
  }

  close(): void {
    this.closed = true
    for (const end of this.ends) end()
    this.ends = []
  }
}
