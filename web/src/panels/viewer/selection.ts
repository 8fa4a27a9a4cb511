import type { SlideSelection } from '../../api/slides'
import { parseListQuery, selectionOf as selectionOfQuery } from '../../model/list/query'

/** The list that a slide was opened from, as its address carries it. */
export function selectionOf(search: string): SlideSelection {
  return selectionOfQuery(parseListQuery(search))
}
