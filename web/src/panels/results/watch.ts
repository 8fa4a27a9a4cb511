import type { AnnotationDocument } from '../../model/annotations/document'
import type { Viewer } from '../../viewer/viewer'

/**
 * Show the result layers of a slide as soon as it has some, whether or not a panel is open. The code for them comes
 * only then. Gives the way to stop.
 */
export function watchResults(viewer: Viewer, document: AnnotationDocument): () => void {
  let asked = false
  let stopped = false
  let close: (() => void) | null = null
  const look = (): void => {
    if (asked || ![...document.state.get().layers.values()].some((layer) => layer.kind !== 'drawn' && !layer.deleted)) return
    asked = true
    void import('./begin').then(({ begin }) => {
      if (!stopped) close = begin(viewer, document)
    })
  }
  const unsubscribe = document.state.subscribe(look)
  look()
  return () => {
    stopped = true
    unsubscribe()
    close?.()
  }
}
