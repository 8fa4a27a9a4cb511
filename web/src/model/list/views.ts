import type { ViewQuery } from '../../api/views'
import { type ListQuery, formatListQuery, parseListQuery } from './query'

/** A list as it is kept in a saved view: the words of its address. */
export function viewQuery(query: ListQuery): ViewQuery {
  const params = formatListQuery({ ...query, view: null })
  const kept: ViewQuery = {}
  for (const name of new Set(params.keys())) {
    const all = params.getAll(name)
    kept[name] = all.length === 1 ? (all[0] ?? '') : all
  }
  return kept
}

/** The list that a saved view describes; what it says wrongly is the default. */
export function listOfView(viewId: string, kept: Readonly<Record<string, unknown>>): ListQuery {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(kept)) {
    const all: unknown[] = Array.isArray(value) ? value : [value]
    for (const one of all) if (typeof one === 'string' || typeof one === 'number') params.append(name, String(one))
  }
  return { ...parseListQuery(params), view: viewId }
}
