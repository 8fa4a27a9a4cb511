import { useEffect } from 'react'

import { currentPlace, go } from '../../shell/navigation'
import { preferences } from '../viewer/preferences'
import { useAnnotations, useDocument } from './context'
import { goTo, goToPlace } from './look'
import { panel } from './panelState'

/** A notice led here: show what it is about, and take that out of the address. */
export function useAbout(): void {
  const { document, viewer } = useAnnotations()
  const loaded = useDocument((state) => state.loaded)
  useEffect(() => {
    const { pathname, search, hash } = currentPlace()
    const query = new URLSearchParams(search)
    const annotationId = query.get('annotation')
    const commentId = query.get('comment')
    if (!loaded || (annotationId === null && commentId === null)) return
    query.delete('annotation')
    query.delete('comment')
    const rest = query.toString()
    go(pathname + (rest === '' ? '' : `?${rest}`) + hash, { replace: true })
    const comment = commentId === null ? undefined : document.state.get().comments.get(commentId)
    const on = comment?.on
    const id = annotationId ?? (on?.kind === 'annotation' ? on.annotation_id : null)
    const one = id === null ? undefined : document.get(id)
    preferences.set({ annotations: true })
    panel.set({ tab: commentId === null ? 'objects' : 'comments' })
    if (one !== undefined) {
      document.select([one.annotation_id])
      goTo(viewer, [one.geometry])
    } else if (on?.kind === 'place') goToPlace(viewer, on.x, on.y)
  }, [document, viewer, loaded])
}
