/** Choosing between two versions of one outline. */
import type { AnnotationPatch, Choice, Conflict } from './types'

/** The mark of a second version that stays for good. */
export const KEPT_BESIDE = 'kept_beside'

/** What choosing does: one of the two goes, or the second stays as an object of its own. */
export function chosen(conflict: Conflict, choice: Choice): { readonly remove: string } | { readonly id: string; readonly patch: AnnotationPatch } {
  if (choice === 'mine') return { remove: conflict.theirs.annotation_id }
  if (choice === 'theirs') return { remove: conflict.mine.annotation_id }
  return { id: conflict.variant.annotation_id, patch: { [`properties.${KEPT_BESIDE}`]: true } }
}
