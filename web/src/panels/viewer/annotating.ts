import type { SlideDetail } from '../../api/slides'
import type { AnnotationSession } from '../../live/session'
import type { Matrix } from '../../model/alignment'
import { Store } from '../../model/store'
import type { Drawing } from '../../tools/annotate/drawing'
import type { Toolbox } from '../../tools/toolbox'

/** Who looks: their changes are kept in this browser, and sent, under this key only. */
export interface Looker {
  key: string
  name: string
  guest: boolean
  /** Sees what is there, and is not told what happens meanwhile. */
  still: boolean
  /** How one slide lies on another, where somebody has aligned them. */
  alignment: (from: string, to: string) => Matrix | null
}

export interface Opened {
  session: AnnotationSession
  drawing: Drawing
  close: () => void
}

export interface AnnotatingState {
  /** null until the code is here. */
  opened: Opened | null
  error: unknown
}

/**
 * The annotations of the slide in one pane. The code for them is fetched once the picture is there: nobody waits for
 * it who only looks.
 */
export class Annotating {
  readonly state = new Store<AnnotatingState>({ opened: null, error: null })
  private ends: (() => void)[] = []
  private closed = false

  constructor(
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
        const opened = openOn(this.toolbox, this.slide, this.looker)
        this.ends = [opened.close]
        this.state.set({ opened })
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
