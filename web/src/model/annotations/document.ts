/** The annotations of one slide as one person sees and changes them: what is durable, with their own changes on top. */
import { chosen } from './conflicts'
import { newId } from './ids'
import { fromSnapshot, isShown } from './ops'
import type { Box } from './shapes'
import type { Annotation, AnnotationPatch, Choice, CommentPlace, Conflict, Draft, SelectMode, Told } from './types'
import { rounded, WorkingDocument } from './working'

export type { DocumentPorts, DocumentState } from './state'

export class AnnotationDocument extends WorkingDocument {
  private looks = 0

  /** Draw; gives the ids. One call is one step of undo. */
  create(drafts: readonly Draft[]): string[] {
    if (!this.writable || drafts.length === 0) return []
    return this.together(() =>
      drafts.map((draft) => {
        const id = draft.annotation_id ?? newId()
        this.write(id, 'create', this.completed(draft))
        return id
      }),
    )
  }

  change(id: string, patch: AnnotationPatch): void {
    this.changeMany([{ id, patch }])
  }

  changeMany(changes: readonly { readonly id: string; readonly patch: AnnotationPatch }[]): void {
    if (!this.writable) return
    this.together(() => {
      for (const { id, patch } of changes) if (Object.keys(patch).length > 0) this.write(id, 'change', rounded(patch))
    })
  }

  remove(ids: Iterable<string>): void {
    if (!this.writable) return
    this.together(() => {
      for (const id of ids) if (this.ledger.annotation(id)?.deleted === false) this.write(id, 'delete', { deleted: true })
    })
  }

  restore(ids: Iterable<string>): void {
    if (!this.writable) return
    this.together(() => {
      for (const id of ids) if (this.ledger.annotation(id)?.deleted !== false) this.write(id, 'restore', { deleted: false })
    })
  }

  undo(): void {
    this.takeBack('undo')
  }

  redo(): void {
    this.takeBack('redo')
  }

  select(ids: Iterable<string>, mode: SelectMode = 'replace'): void {
    const selection = new Set(mode === 'replace' ? [] : this.state.get().selection)
    for (const id of ids) {
      if (mode === 'remove' || (mode === 'toggle' && selection.has(id))) selection.delete(id)
      else selection.add(id)
    }
    this.state.set({ selection })
  }

  setActiveClass(classId: string | null): void {
    this.state.set({ activeClass: classId })
  }

  setActiveLayer(layerId: string | null): void {
    this.state.set({ activeLayer: layerId })
  }

  setHidden(hidden: boolean): void {
    this.state.set({ hidden })
  }

  /** For as long as a key is held, the other way round. */
  setPeek(peek: boolean): void {
    this.state.set({ peek })
  }

  /** Say something; `thread` is the first comment of the thread that is answered. Gives the comment's id. */
  comment(on: CommentPlace, text: string, options: { thread?: string; mentions?: readonly string[] } = {}): string {
    const id = newId()
    this.say(id, 'create', { thread_id: options.thread ?? id, on, text, mentions: options.mentions ?? [] })
    return id
  }

  changeComment(id: string, text: string, mentions?: readonly string[]): void {
    this.say(id, 'change', { text, ...(mentions === undefined ? {} : { mentions }) })
  }

  removeComment(id: string): void {
    this.say(id, 'delete', { deleted: true })
  }

  resolve(threadId: string, resolved = true): void {
    this.say(threadId, 'change', { resolved })
  }

  /** Show the slide's annotations as they were at a moment; `null` is now. Nothing can be changed meanwhile. */
  async showAt(moment: { seq: number; time: string } | null): Promise<void> {
    this.looks += 1
    const look = this.looks
    const past = this.ports.past
    if (moment === null || past === undefined) {
      this.state.set({ at: null, annotations: this.shown.annotations })
      return
    }
    const then = fromSnapshot(await past(moment.seq))
    // The slider has moved on meanwhile.
    if (look !== this.looks) return
    const layers = new Map([...this.shown.layers, ...then.layers])
    this.state.set({ at: moment, annotations: new Map([...then.annotations].filter(([, one]) => isShown(one, layers))) })
  }

  keep(conflict: Conflict, choice: Choice): void {
    const what = chosen(conflict, choice)
    if ('remove' in what) this.remove([what.remove])
    else this.change(what.id, what.patch)
  }

  /** The person has read it. */
  forget(told: Told): void {
    this.state.set({ told: this.state.get().told.filter((one) => one.notice_id !== told.notice_id) })
  }

  /** Deleted annotations that can be restored. */
  trash(): Annotation[] {
    return this.ledger.trash()
  }

  /** One annotation as it is now, deleted ones too. */
  get(id: string): Annotation | undefined {
    return this.ledger.annotation(id)
  }

  /** Annotations whose boxes touch the box, the one drawn last at the end. */
  within(box: Box): Annotation[] {
    return this.shown.within(box)
  }

  /** Whether anything is to be drawn at all. */
  get visible(): boolean {
    const { hidden, peek } = this.state.get()
    return hidden === peek
  }

  /** Whether this person may change it: not locked, on a layer that is not, own or with the right to edit all. */
  mayChange(annotation: Annotation): boolean {
    const own = annotation.author_id === this.author.id
    return this.writable && !annotation.locked && this.shown.layers.get(annotation.layer_id)?.locked !== true && this.may(own ? 'annotate' : 'edit')
  }

  mayDraw(): boolean {
    return this.writable && this.may('annotate')
  }

  mayComment(): boolean {
    return this.may('comment')
  }

  private may(action: string): boolean {
    return this.state.get().rights?.includes(action) === true
  }
}
