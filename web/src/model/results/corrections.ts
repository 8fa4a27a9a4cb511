/** Corrections of single objects of a result layer: drawn objects that stand in their place, or say that they are gone. */
import type { Annotation, AnnotationClass, Draft } from '../annotations/types'
import type { ResultObject } from './columns'

/** The property that says that nothing stands in the object's place. */
const REMOVED = 'removed'

/** Whether a drawn object only says that an object of a layer is gone: there is nothing of it to draw. */
export function isRemoval(annotation: Annotation): boolean {
  return annotation.corrects !== null && annotation.properties[REMOVED] === true
}

/** The numbers of the objects that give way, by layer, in order. */
export function correctedObjects(annotations: Iterable<Annotation>): Map<string, number[]> {
  const found = new Map<string, Set<number>>()
  for (const { corrects, deleted } of annotations) {
    if (corrects === null || deleted) continue
    const numbers = found.get(corrects.layer_id) ?? new Set()
    found.set(corrects.layer_id, numbers.add(corrects.object_no))
  }
  return new Map([...found].map(([layer, numbers]) => [layer, [...numbers].sort((a, b) => a - b)]))
}

/** The correction of one object, if there is one. */
export function correctionOf(annotations: Iterable<Annotation>, layer_id: string, object_no: number): Annotation | null {
  for (const annotation of annotations) {
    const { corrects, deleted } = annotation
    if (!deleted && corrects?.layer_id === layer_id && corrects.object_no === object_no) return annotation
  }
  return null
}

export type Correcting =
  | { readonly kind: 'class'; readonly to: AnnotationClass }
  | { readonly kind: 'remove' }
  /** As it is, to be drawn anew. */
  | { readonly kind: 'redraw' }

/** The drawn object that corrects one of a layer. */
export function correction(object: ResultObject, layer_id: string, change: Correcting): Draft {
  const properties: Record<string, unknown> = {}
  if (change.kind === 'remove') properties[REMOVED] = true
  // The layer's own word for what it is, where the project's list has no class for it.
  else if (change.kind === 'redraw' && object.class_id === null && object.class_name !== null) properties['class'] = object.class_name
  return {
    geometry: object.geometry,
    nucleus: object.nucleus,
    object_type: object.nucleus === null ? 'detection' : 'cell',
    class_id: change.kind === 'class' ? change.to.class_id : object.class_id,
    // A shape that is drawn anew has other measurements.
    measurements: change.kind === 'redraw' ? {} : object.measurements,
    properties,
    corrects: { layer_id, object_no: object.object_no },
  }
}
