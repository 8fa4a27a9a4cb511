/** Annotations on their way: copied here, pasted on this slide or another, through how the two lie on each other. */
import { alignmentByCentre, apply, type Matrix, type Placed } from '../../model/alignment'
import { bounds, mapPoints, roundGeometry } from '../../model/annotations/shapes'
import type { Annotation, AnnotationClass, Draft, Geometry, Position } from '../../model/annotations/types'
import { Store } from '../../model/store'

export interface Copied {
  readonly slide_id: string
  readonly slide: Placed
  readonly annotations: readonly Annotation[]
  /** Classes go by name on a slide of another project. */
  readonly classNames: ReadonlyMap<string, string>
}

export const clipboard = new Store<{ copied: Copied | null }>({ copied: null })

/** A shape taken through an alignment; boxes stay boxes, because alignments turn, scale and mirror but never shear. */
export function aligned(geometry: Geometry, matrix: Matrix): Geometry {
  return mapPoints(geometry, ([x, y]) => {
    const at = apply(matrix, { x, y })
    return [at.x, at.y]
  })
}

/** Copies of annotations as drafts: without author, history and parent, which stay with the original. */
export function draftsOf(annotations: readonly Annotation[], through: (geometry: Geometry) => Geometry, classOf: (id: string | null) => string | null): Draft[] {
  return annotations.map((annotation) => ({
    geometry: roundGeometry(through(annotation.geometry)),
    nucleus: annotation.nucleus === null ? null : roundGeometry(through(annotation.nucleus)),
    object_type: annotation.object_type,
    class_id: classOf(annotation.class_id),
    name: annotation.name,
    properties: annotation.properties,
  }))
}

export interface Target {
  readonly slide_id: string
  readonly slide: Placed
  readonly classes: ReadonlyMap<string, AnnotationClass>
  /** How the other slide lies on this one, where somebody has said so; null otherwise. */
  readonly alignment: Matrix | null
  /** The part of this slide that is shown. */
  readonly view: { readonly minX: number; readonly minY: number; readonly maxX: number; readonly maxY: number }
  /** How far copies on the same slide lie beside their originals, in slide pixels. */
  readonly offset: Position
}

/** What pasting puts on a slide. */
export function pasted(copied: Copied, target: Target): Draft[] {
  const classOf = (id: string | null): string | null => {
    if (id === null || target.classes.has(id)) return id
    const name = copied.classNames.get(id)
    return [...target.classes.values()].find((one) => one.name === name)?.class_id ?? null
  }
  const onto = (matrix: Matrix) => draftsOf(copied.annotations, (geometry) => aligned(geometry, matrix), classOf)
  const beside: Matrix = [1, 0, 0, 1, target.offset[0], target.offset[1]]
  const same = copied.slide_id === target.slide_id
  const drafts = onto(same ? beside : (target.alignment ?? alignmentByCentre(copied.slide, target.slide)))
  const known = same || target.alignment !== null
  // Slides that nobody aligned: where the person looks is the better guess.
  if (known && (!same || drafts.some((draft) => isSeen(draft.geometry, target.view)))) return drafts
  return centred(drafts, target.view)
}

function isSeen(geometry: Geometry, view: Target['view']): boolean {
  const box = bounds(geometry)
  return box.minX < view.maxX && box.maxX > view.minX && box.minY < view.maxY && box.maxY > view.minY
}

/** The drafts moved together so that their middle is the middle of the view. */
function centred(drafts: readonly Draft[], view: Target['view']): Draft[] {
  const boxes = drafts.map((draft) => bounds(draft.geometry))
  const left = Math.min(...boxes.map((box) => box.minX))
  const right = Math.max(...boxes.map((box) => box.maxX))
  const top = Math.min(...boxes.map((box) => box.minY))
  const bottom = Math.max(...boxes.map((box) => box.maxY))
  const way: Matrix = [1, 0, 0, 1, (view.minX + view.maxX - left - right) / 2, (view.minY + view.maxY - top - bottom) / 2]
  const move = (geometry: Geometry) => roundGeometry(aligned(geometry, way))
  return drafts.map((draft) => ({
    ...draft,
    geometry: move(draft.geometry),
    ...(draft.nucleus === null || draft.nucleus === undefined ? {} : { nucleus: move(draft.nucleus) }),
  }))
}
