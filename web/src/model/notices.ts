import { type Readable, Store } from './store'

/** Something that was done and can be taken back. */
export interface Undoable {
  /** What was done, in words: "12 slides moved to the trash". */
  readonly text: string
  readonly undo: () => Promise<void>
}

export interface Notice {
  readonly id: number
  readonly text: string
  /** True when a button offers to take it back. */
  readonly undoable: boolean
  /** What went wrong, when it is about that. */
  readonly error: unknown
}

export interface NoticesState {
  notice: Notice | null
  /** How many steps can be taken back. */
  depth: number
  busy: boolean
}

/** How many steps are remembered. */
const MOST = 50

/** What the page tells about finished work, one sentence at a time, and the way back from it. */
export class Notices {
  private readonly store = new Store<NoticesState>({ notice: null, depth: 0, busy: false })
  private readonly steps: Undoable[] = []
  private id = 0

  constructor(private readonly words: { undone: (text: string) => string; nothing: string }) {}

  get state(): Readable<NoticesState> {
    return this.store
  }

  /** Remember a step; `quietly` says nothing, for changes that are in plain sight. */
  did(step: Undoable, quietly = false): void {
    this.steps.push(step)
    if (this.steps.length > MOST) this.steps.shift()
    this.store.set({ depth: this.steps.length })
    if (!quietly) this.show(step.text, true)
    else this.dismiss()
  }

  say(text: string): void {
    this.show(text, false)
  }

  fail(text: string, error: unknown): void {
    this.show(text, false, error)
  }

  dismiss(): void {
    this.store.set({ notice: null })
  }

  /** Take back the last step. A step that cannot be taken back now stays the last one. */
  async undo(): Promise<void> {
    if (this.store.get().busy) return
    const step = this.steps.at(-1)
    if (step === undefined) {
      this.say(this.words.nothing)
      return
    }
    this.store.set({ busy: true })
    try {
      await step.undo()
      this.steps.splice(this.steps.indexOf(step), 1)
      this.store.set({ depth: this.steps.length })
      this.say(this.words.undone(step.text))
    } catch (error) {
      this.fail(step.text, error)
    } finally {
      this.store.set({ busy: false })
    }
  }

  private show(text: string, undoable: boolean, error: unknown = null): void {
    this.id += 1
    this.store.set({ notice: { id: this.id, text, undoable, error } })
  }
}
