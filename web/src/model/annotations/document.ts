/** The annotations of one slide as one person sees and changes them: what is durable, with their own changes on top. */
import { Store } from '../store'
import type {
  Annotation,
  AnnotationClass,
  AnnotationPatch,
  Author,
  Choice,
  Comment,
  CommentPlace,
  Conflict,
  Draft,
  Layer,
  SaveState,
  SelectMode,
  Told,
} from './types'

export interface DocumentState {
  /** What is there now: nothing that is deleted (see `trash`). While `at` is set: what was there then. */
  readonly annotations: ReadonlyMap<string, Annotation>
  readonly comments: ReadonlyMap<string, Comment>
  readonly layers: ReadonlyMap<string, Layer>
  readonly classes: ReadonlyMap<string, AnnotationClass>
  readonly seq: number
  /** False until the slide's annotations have come. */
  readonly loaded: boolean
  readonly saving: SaveState
  readonly selection: ReadonlySet<string>
  readonly conflicts: readonly Conflict[]
  readonly told: readonly Told[]
  readonly canUndo: boolean
  readonly canRedo: boolean
  /** The moment that is shown instead of now; nothing can be changed then. */
  readonly at: { readonly seq: number; readonly time: string } | null
  /** Annotations are switched off (Shift+A), or for as long as a key is held (H). */
  readonly hidden: boolean
  readonly peek: boolean
  readonly activeLayer: string | null
  readonly activeClass: string | null
}

/* eslint-disable @typescript-eslint/no-unused-vars */
export class AnnotationDocument {
  readonly state: Store<DocumentState>
  constructor(readonly slideId: string, author: Author) {
    throw new Error('later')
  }
  /** Draw; gives the ids. One call is one step of undo. */
  create(drafts: readonly Draft[]): string[] { throw new Error('later') }
  change(id: string, patch: AnnotationPatch): void { throw new Error('later') }
  changeMany(changes: readonly { readonly id: string; readonly patch: AnnotationPatch }[]): void { throw new Error('later') }
  remove(ids: Iterable<string>): void { throw new Error('later') }
  restore(ids: Iterable<string>): void { throw new Error('later') }
  /** Several calls as one step of undo (split, merge, cut). */
  together<T>(work: () => T): T { throw new Error('later') }
  undo(): void { throw new Error('later') }
  redo(): void { throw new Error('later') }
  select(ids: Iterable<string>, mode: SelectMode = 'replace'): void { throw new Error('later') }
  setActiveClass(classId: string | null): void { throw new Error('later') }
  setActiveLayer(layerId: string | null): void { throw new Error('later') }
  setHidden(hidden: boolean): void { throw new Error('later') }
  setPeek(peek: boolean): void { throw new Error('later') }
  /** Say something; `thread` is the first comment of the thread that is answered. Gives the comment's id. */
  comment(on: CommentPlace, text: string, options?: { thread?: string; mentions?: readonly string[] }): string { throw new Error('later') }
  changeComment(id: string, text: string, mentions?: readonly string[]): void { throw new Error('later') }
  removeComment(id: string): void { throw new Error('later') }
  resolve(threadId: string, resolved?: boolean): void { throw new Error('later') }
  /** Show the slide's annotations as they were then (ISO time or place in the journal); `null` is now. */
  showAt(moment: { seq: number; time: string } | null): Promise<void> { throw new Error('later') }
  keep(conflict: Conflict, choice: Choice): void { throw new Error('later') }
  /** The person has read it. */
  forget(told: Told): void { throw new Error('later') }
  /** Deleted annotations that can be restored. */
  trash(): Annotation[] { throw new Error('later') }
  get(id: string): Annotation | undefined { throw new Error('later') }
  /** Annotations whose bounds touch the box, nearest to the top last. */
  within(box: { minX: number; minY: number; maxX: number; maxY: number }): Annotation[] { throw new Error('later') }
  /** Whether this person may change it: not locked, in a layer that is not, own or with the right to edit all. */
  mayChange(annotation: Annotation): boolean { throw new Error('later') }
  mayDraw(): boolean { throw new Error('later') }
}
