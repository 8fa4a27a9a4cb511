import { type DragEvent, useState } from 'react'

import { downloadSlides } from '../../api/exports'
import { trashProject, restoreProject } from '../../api/projects'
import type { Project, SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import type { Edits } from '../../model/list/edits'
import { startDrag } from './drag'
import type { Picking } from './usePicks'

export type Move = { readonly how: 'move' | 'copy'; readonly slides: readonly SlideSummary[] }

export interface Work {
  /** The slides that an action reaches: the picked ones, else the one that has the focus. */
  readonly slides: readonly SlideSummary[]
  /** The move that somebody is choosing a place for. */
  readonly move: Move | null
  beginMove: (how: 'move' | 'copy') => boolean
  endMove: (done: boolean) => void
  rate: (stars: number | null) => boolean
  trash: () => boolean
  /** Save the originals of all of them as one zip. */
  download: () => void
  drag: (slide: SlideSummary | undefined, event: DragEvent) => void
  dropOnProject: (project: Project, slides: readonly SlideSummary[]) => void
  dropOnCase: (one: { project_id: string; case_id: string; name: string }, slides: readonly SlideSummary[]) => void
  dropOnTrash: (slides: readonly SlideSummary[]) => void
  trashProject: (project: Project, after: () => void) => void
}

/** What one does with slides: with the picked ones, else with the one that has the focus. */
export function useWork(edits: Edits, picks: Picking, focused: SlideSummary | null): Work {
  const [move, setMove] = useState<Move | null>(null)
  const slides = picks.slides.length > 0 ? picks.slides : focused === null ? [] : [focused]
  const failed = (text: string) => (error: unknown) => edits.notices.fail(text, error)
  const trash = (some: readonly SlideSummary[]): void => {
    void edits.trash(some).then(picks.clear, failed(t('edits.trashFailed')))
  }
  const file = (some: readonly SlideSummary[], to: Parameters<Edits['move']>[1]): void => {
    void edits.move(some, to).then(picks.clear, failed(t('edits.moveFailed')))
  }
  return {
    slides,
    move,
    beginMove: (how) => {
      if (slides.length === 0) return false
      setMove({ how, slides })
      return true
    },
    endMove: (done) => {
      setMove(null)
      if (done) picks.clear()
    },
    rate: (stars) => {
      if (slides.length === 0) return false
      edits
        .patch(slides, { rating: stars === 0 ? null : stars }, t('cases.field.rating'))
        .catch(failed(t('edits.failed')))
      return true
    },
    trash: () => {
      if (slides.length > 0) trash(slides)
      return slides.length > 0
    },
    download: () => void downloadSlides(slides.map((one) => one.slide_id)).catch(failed(t('edits.downloadFailed'))),
    drag: (slide, event) => {
      if (slide === undefined) return
      startDrag(event, picks.ids.has(slide.slide_id) ? picks.slides : [slide])
    },
    dropOnProject: (project, some) =>
      file(some, { projectId: project.project_id, caseId: null, name: project.name }),
    dropOnCase: (one, some) => file(some, { projectId: one.project_id, caseId: one.case_id, name: one.name }),
    dropOnTrash: trash,
    trashProject: (project, after) => {
      const { project_id: id, name } = project
      trashProject(id).then(() => {
        after()
        edits.notices.did({
          text: t('edits.projectTrashed', { name }),
          undo: () => restoreProject(id).then(() => edits.look()),
        })
        void edits.look()
      }, failed(t('project.failed')))
    },
  }
}
