import type { CommentPlace } from '../../model/annotations/types'
import type { Point } from '../../model/frame'
import { Store } from '../../model/store'
import type { Annotations } from './context'

export const TABS = ['objects', 'classes', 'layers', 'comments', 'history'] as const
export type Tab = (typeof TABS)[number]

export interface PanelState {
  tab: Tab
  /** As wide as the table with all its columns needs. */
  wide: boolean
  dialog: 'import' | 'export' | 'files' | null
  /** What a new comment is about; null when none is being written. */
  commentOn: CommentPlace | null
  /** The object whose history is shown; null: the slide's. */
  historyOf: string | null
  /** Where on the screen the menu of the selected objects is open. */
  menu: Point | null
  /** A guest is to say who they are before this goes on. */
  askName: (() => void) | null
}

/** What of the annotation panel is open: the same for all panes, as one looks at one of them at a time. */
export const panel = new Store<PanelState>({
  tab: 'objects',
  wide: false,
  dialog: null,
  commentOn: null,
  historyOf: null,
  menu: null,
  askName: null,
})

const REACH_PX = 6

/** Open the menu of what lies at a place of the screen, or of what is selected; false when there is nothing. */
export function opensObjectMenu({ document, drawing, viewer }: Annotations, at: Point | null): boolean {
  const { selection } = document.state.get()
  const box = viewer.element.getBoundingClientRect()
  if (at === null) {
    if (selection.size === 0) return false
    panel.set({ menu: { x: box.left + box.width / 2, y: box.top + box.height / 2 } })
    return true
  }
  const { x, y } = viewer.pointAt(at.x, at.y)
  const one = drawing.layer.at([x, y], REACH_PX)
  if (one === null) return false
  if (!selection.has(one.annotation_id)) document.select([one.annotation_id])
  panel.set({ menu: at })
  return true
}
