import { useMemo } from 'react'

import type { Annotations } from '../annotations/context'
import { Store } from '../../model/store'
import type { AnnotatingState } from './annotating'
import type { OpenViewer } from './OpenViewer'
import { useSelected } from './useSelected'

const NOTHING = new Store<AnnotatingState>({ opened: null, error: null })

/** The annotations of the open slide, once they are there. */
export function useOpenAnnotations(open: OpenViewer): Annotations | null {
  const opened = useSelected(open.annotating?.state ?? NOTHING, (state) => state.opened)
  return useMemo(() => {
    if (opened === null) return null
    const { viewer, toolbox, slide } = open
    return { ...opened, document: opened.session.document, viewer, toolbox, slide }
  }, [open, opened])
}
