/** Points: a click puts one down. Shift joins it to the selected point or points, Alt takes the nearest of them away. */
import type { Point } from '../../../model/frame'
import type { Annotation, Geometry, Position } from '../../../model/annotations/types'
import { roundGeometry } from '../../../model/annotations/shapes'
import { NEAR_PX } from '../../tool'
import { ClickTool } from '../click'
import { type Board, type DrawTool, type PenEvent, positionOf } from '../pen'

/** The places of a point or of several; null for anything else. */
function placesOf(geometry: Geometry): readonly Position[] | null {
  if (geometry.kind === 'point') return [geometry.at]
  return geometry.kind === 'multipoint' ? geometry.points : null
}

export class PointsTool extends ClickTool implements DrawTool {
  readonly id = 'points'

  constructor(private readonly board: Board) {
    super()
  }

  protected clicked(event: PenEvent): void {
    const joining = this.board.joining(event)
    if (joining === 'subtract') this.takeAway(event)
    else if (joining !== 'add' || !this.addTo(event.at)) this.board.finish({ kind: 'point', at: positionOf(event.at) }, 'new')
  }

  private selected(): { annotation: Annotation; places: readonly Position[] } | null {
    const { selection } = this.board.document.state.get()
    const [id, more] = selection
    const annotation = id === undefined || more !== undefined ? undefined : this.board.document.get(id)
    const places = annotation === undefined ? null : placesOf(annotation.geometry)
    if (annotation === undefined || places === null || !this.board.document.mayChange(annotation)) return null
    return { annotation, places }
  }

  private addTo(at: Point): boolean {
    const found = this.selected()
    if (found === null) return false
    const geometry = roundGeometry({ kind: 'multipoint', points: [...found.places, positionOf(at)] })
    this.board.document.change(found.annotation.annotation_id, { geometry })
    return true
  }

  private takeAway(event: PenEvent): void {
    const found = this.selected()
    const below = this.board.layer.at(positionOf(event.at), NEAR_PX)
    if (found === null) {
      if (below !== null && placesOf(below.geometry)?.length === 1 && this.board.document.mayChange(below))
        this.board.document.remove([below.annotation_id])
      return
    }
    const { annotation, places } = found
    const far = places.map(([x, y]) => event.apart({ x, y }, event.at))
    const nearest = far.indexOf(Math.min(...far))
    if ((far[nearest] ?? Infinity) > NEAR_PX) return
    const rest = places.filter((_, i) => i !== nearest)
    const [first] = rest
    if (first === undefined) this.board.document.remove([annotation.annotation_id])
    else {
      const geometry: Geometry = rest.length === 1 ? { kind: 'point', at: first } : { kind: 'multipoint', points: rest }
      this.board.document.change(annotation.annotation_id, { geometry })
    }
  }
}
