/** Alignments by points, kept per pair of slides and person. */
import { deleteAlignment, getAlignment, putAlignment } from '../api/alignments'
import { isAlignment, type Matrix, type PointPair } from './alignment'

export interface KeptAlignment {
  /** Level-0 pixels of the first slide to those of the other. */
  readonly matrix: Matrix
  readonly pairs: readonly PointPair[]
}

/** How the first slide lies on the other, or null: nobody clicked points yet. */
export async function keptAlignment(slideId: string, otherId: string): Promise<Matrix | null> {
  const matrix = (await getAlignment(slideId, otherId))?.matrix
  return matrix !== undefined && isAlignment(matrix) ? matrix : null
}

export async function keepAlignment(slideId: string, otherId: string, { matrix, pairs }: KeptAlignment): Promise<void> {
  await putAlignment(slideId, otherId, { matrix: [...matrix], pairs: pairs.map((pair) => [...pair]) })
}

export async function forgetAlignment(slideId: string, otherId: string): Promise<void> {
  await deleteAlignment(slideId, otherId)
}
