import type { SlideDetail } from '../../api/slides'
import { openAnnotations } from '../../live/session'
import { drawOn } from '../../tools/annotate/drawing'
import type { Toolbox } from '../../tools/toolbox'
import { watchResults } from '../results/watch'
import type { Looker, Opened } from '../viewer/annotating'
import { guestName } from './guestName'

/** Open the annotations of a slide on its viewer: kept in step with the server, drawn, and in reach of the tools. */
export function openOn(toolbox: Toolbox, slide: SlideDetail, { key, name, guest, still, alignment }: Looker): Opened {
  const called = guest ? guestName() || name : name
  const session = openAnnotations(slide.slide_id, key, { name: called, guest, still })
  if (guest && called !== '') session.setGuestName(called)
  const drawing = drawOn(toolbox, session, { alignment: (other) => alignment(other, slide.slide_id) })
  const endResults = watchResults(drawing.viewer, session.document)
  return {
    session,
    drawing,
    close: () => {
      endResults()
      toolbox.detach()
      session.close()
    },
  }
}
