import { createContext, type ReactNode, use } from 'react'

import type { SlideDetail } from '../../api/slides'
import type { Toolbox } from '../../tools/toolbox'
import type { Viewer, ViewerState } from '../../viewer/viewer'
import type { Annotating } from './annotating'
import { useSelected } from './useSelected'

/** The open viewer and what belongs to it. */
export interface OpenViewer {
  viewer: Viewer
  toolbox: Toolbox
  slide: SlideDetail
  /** What is drawn on it and said about it; null in another page's frame. */
  annotating: Annotating | null
}

const OpenViewerContext = createContext<OpenViewer | null>(null)

export function OpenViewerProvider({ open, children }: { open: OpenViewer; children: ReactNode }) {
  return <OpenViewerContext value={open}>{children}</OpenViewerContext>
}

export function useViewer(): OpenViewer {
  const open = use(OpenViewerContext)
  if (open === null) throw new Error('useViewer is used outside a viewer')
  return open
}

/** Watch a part of the viewer's state. */
export function useViewerState<S>(select: (state: ViewerState) => S): S {
  return useSelected(useViewer().viewer.state, select)
}
