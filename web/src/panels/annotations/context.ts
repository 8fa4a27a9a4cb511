import { createContext, use } from 'react'

import { may } from '../../api/members'
import type { SlideDetail } from '../../api/slides'
import type { PresenceState } from '../../live/presence'
import type { AnnotationSession } from '../../live/session'
import type { AnnotationDocument, DocumentState } from '../../model/annotations/document'
import type { Drawing } from '../../tools/annotate/drawing'
import type { Toolbox } from '../../tools/toolbox'
import type { Viewer } from '../../viewer/viewer'
import { useGuest, useVisitor } from '../shell/session'
import { useSelected } from '../viewer/useSelected'

/** The annotations of the active pane's slide, and what they are drawn on. */
export interface Annotations {
  session: AnnotationSession
  document: AnnotationDocument
  /** Shows them, knows what lies where, and does what tools and commands do. */
  drawing: Drawing
  viewer: Viewer
  toolbox: Toolbox
  slide: SlideDetail
}

export const AnnotationsContext = createContext<Annotations | null>(null)

export function useAnnotations(): Annotations {
  const annotations = use(AnnotationsContext)
  if (annotations === null) throw new Error('useAnnotations is used where no annotations are open')
  return annotations
}

/** Watch a part of the document. */
export function useDocument<S>(select: (state: DocumentState) => S): S {
  return useSelected(useAnnotations().document.state, select)
}

/** Watch a part of who is here. */
export function usePresence<S>(select: (state: PresenceState) => S): S {
  return useSelected(useAnnotations().session.presence, select)
}

/** What somebody may do with annotations here; the server decides, this only spares them the way. */
export interface Abilities {
  comment: boolean
  draw: boolean
  /** Also what others drew. */
  edit: boolean
  manage: boolean
}

export function useAbilities(): Abilities {
  const { slide } = useAnnotations()
  const guest = useGuest()
  const visitor = useVisitor()
  const rights = usePresence((state) => state.rights)
  if (visitor) return { comment: false, draw: false, edit: false, manage: false }
  // The server says over the socket what holds now; until then what it said with the slide.
  if (rights !== null) {
    const has = (action: string): boolean => rights.includes(action)
    return { comment: has('comment'), draw: has('annotate'), edit: has('edit'), manage: guest === null && has('manage') }
  }
  if (guest !== null) {
    const { may: granted, preview } = guest
    return { comment: granted !== 'look' && !preview, draw: granted === 'annotate' && !preview, edit: false, manage: false }
  }
  return {
    comment: may(slide, 'reviewer'),
    draw: may(slide, 'annotator'),
    edit: may(slide, 'editor'),
    manage: may(slide, 'manager'),
  }
}

/** Whether what is shown can be changed at all: not while another moment is shown. */
export function useNow(): boolean {
  return useDocument((state) => state.at === null)
}
