import type { SlideDetail } from '../../api/slides'
import { type AnnotationSession, openAnnotations } from '../../live/session'
import type { Toolbox } from '../../tools/toolbox'
import type { Viewer } from '../../viewer/viewer'
import type { Looker } from '../viewer/annotating'

export interface Opened {
  session: AnnotationSession
  close: () => void
}

/** Open the annotations of a slide on its viewer: kept in step with the server, drawn, and told where my hand is. */
export function openOn(viewer: Viewer, _toolbox: Toolbox, slide: SlideDetail, { key, name, guest }: Looker): Opened {
  const session = openAnnotations(slide.slide_id, key, { name, guest })
  const tellHand = (): void => {
    const { pointer, camera, viewport } = viewer.state.get()
    session.say({
      cursor: pointer === null ? null : [pointer.x, pointer.y],
      viewport: { ...camera, ...viewport },
    })
  }
  tellHand()
  const ends = [viewer.state.subscribe(tellHand)]
  return {
    session,
    close: () => {
      for (const end of ends) end()
      session.close()
    },
  }
}
