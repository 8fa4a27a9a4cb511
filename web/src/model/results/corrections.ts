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

/** A drawn object in place of one of a layer: of another class, gone, or as it is to be drawn anew. */
export function correction(
  object: ResultObject,
  layer_id: string,
  change: { kind: 'class'; to: AnnotationClass } | { kind: 'remove' } | { kind: 'redraw'; class_id: string | null },
): Draft {
  const measurements = Object.fromEntries(
    // A shape that is drawn anew has other measurements.
    change.kind === 'redraw' ? [] : Object.entries(object.measurements).filter((entry): entry is [string, number] => entry[1] !== null),
  )
  return {
    geometry: object.geometry,
    object_type: 'detection',
    class_id: change.kind === 'class' ? change.to.class_id : change.kind === 'redraw' ? change.class_id : null,
    measurements,
    ...(change.kind === 'remove' ? { properties: { [REMOVED]: true } } : {}),
    corrects: { layer_id, object_no: object.object_no },
  }
}
