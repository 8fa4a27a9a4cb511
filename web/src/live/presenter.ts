/** Shows others what one presents, from slide to slide: in the room of the slide that is left, they are told where it goes on. */
import type { AnnotationSession } from './session'
import type { SharedView } from './wire'

/** At most ten views a second. */
const EVERY_MS = 100
/** A room that is left stays open for as long as its last word needs. */
const LAST_WORD_MS = 2000

export class Presenter {
  private session: { readonly open: AnnotationSession; readonly stop: () => void } | null = null
  private view: SharedView | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private sentAt = -Infinity

  constructor(
    private readonly open: (slideId: string) => AnnotationSession,
    /** Told of how many others are here. */
    private readonly people: (count: number) => void = () => undefined,
  ) {}

  show(view: SharedView): void {
    const first = this.view?.slide_id !== view.slide_id
    this.view = view
    if (first) this.enter(view)
    if (this.timer !== undefined) return
    this.timer = setTimeout(() => this.send(), first ? 0 : Math.max(0, this.sentAt + EVERY_MS - Date.now()))
  }

  close(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.session?.open.present(false)
    this.leave()
  }

  private enter(view: SharedView): void {
    this.session?.open.showView(view)
    this.leave()
    const open = this.open(view.slide_id)
    const { presence } = open
    let online = false
    const look = (): void => {
      const { connection, people } = presence.get()
      this.people(people.size)
      // After a break the room has to be told again that somebody presents.
      if (connection === 'online' && !online) {
        open.present(true)
        this.send()
      }
      online = connection === 'online'
    }
    const stop = presence.subscribe(look)
    this.session = { open, stop }
    look()
  }

  private leave(): void {
    const { session } = this
    this.session = null
    if (session === null) return
    session.stop()
    setTimeout(() => session.open.close(), LAST_WORD_MS)
  }

  private send(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.sentAt = Date.now()
    if (this.view !== null) this.session?.open.showView(this.view)
  }
}
