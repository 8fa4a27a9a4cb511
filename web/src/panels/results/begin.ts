import type { AnnotationDocument } from '../../model/annotations/document'
import { resultScene } from '../../viewer/results/scene'
import type { Viewer } from '../../viewer/viewer'
import { describeWith } from './describe'

/** Open the scene of result layers; gives the way to close it. */
export function begin(viewer: Viewer, document: AnnotationDocument): () => void {
  const scene = resultScene(viewer, document)
  scene.describe = describeWith
  return () => scene.close()
}
