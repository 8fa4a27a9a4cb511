/** What a presenter shows in all panes, as it goes to whoever follows. */
import type { SharedPane, SharedView } from '../../live/wire'
import { fragmentOf, paneOf } from '../../model/boards'
import type { DeskPlan, DeskState } from '../../model/desk'
import type { Viewer } from '../../viewer/viewer'

/** What of an open viewer is told. */
type Seen = Pick<Viewer, 'view' | 'state'>
type Opens = ReadonlyMap<number, { readonly open: { readonly viewer: Seen; readonly slide: { readonly slide_id: string } } }>

/** A pane as it is seen. */
export function shownPane(slideId: string, viewer: Seen): SharedPane {
  const { viewport, choice } = viewer.state.get()
  const { camera, look } = paneOf(slideId, viewer.view())
  return { slide_id: slideId, camera: { ...camera, ...viewport }, look, choice }
}

/** All panes of a desk that show a slide; the active one leads, or, where that one is empty, the one of `slideId`. */
export function shownDesk({ panes, active }: DeskState, opens: Opens, slideId: string, hidden: boolean): SharedView {
  const filled = panes.flatMap(({ id, slideId: own }): { id: number; shown: SharedPane }[] => {
    if (own === null) return []
    const open = opens.get(id)?.open
    const there = open?.slide.slide_id === own
    return [{ id, shown: there ? shownPane(own, open.viewer) : { slide_id: own, camera: null, look: null } }]
  })
  const lead = (filled.find(({ id }) => id === active) ?? filled.find(({ shown }) => shown.slide_id === slideId))?.shown
  return {
    slide_id: lead?.slide_id ?? slideId,
    panes: filled.map(({ shown }) => shown),
    camera: lead?.camera ?? null,
    look: lead?.choice ?? null,
    identity_hidden: hidden,
  }
}

/** The panes that a view asks for; one that names none is of one slide. */
export function panesOf({ slide_id: slideId, panes, camera, look }: SharedView): readonly SharedPane[] {
  if (panes !== null && panes.length > 1 && panes.some((pane) => pane.slide_id === slideId)) return panes
  return [{ slide_id: slideId, camera, look: null, ...(look === null ? {} : { choice: look }) }]
}

/** How a desk is to be laid to show them. */
export function planFor(panes: readonly SharedPane[], slideId: string): DeskPlan {
  return {
    panes: panes.map(({ slide_id, camera, look }) => ({
      slideId: slide_id,
      start: camera === null ? '' : fragmentOf({ camera, look: look as Readonly<Record<string, unknown>> | null }),
    })),
    active: panes.findIndex((pane) => pane.slide_id === slideId),
    locked: false,
  }
}
