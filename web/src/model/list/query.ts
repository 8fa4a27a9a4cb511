import type { SlideSelection, SlideSort, SlideState } from '../../api/slides'

export const SORTS = [
  'name',
  '-name',
  '-created_at',
  'created_at',
  '-scanned_at',
  'scanned_at',
  '-size_bytes',
  'size_bytes',
  'format',
  '-format',
  'state',
  '-state',
  'case',
  '-case',
  'stain',
  '-stain',
] as const satisfies readonly SlideSort[]
export type Sort = (typeof SORTS)[number]
/** A column that a list can be sorted by. */
export type SortField = 'name' | 'created_at' | 'scanned_at' | 'size_bytes' | 'format' | 'state' | 'case' | 'stain'

export const STATES = ['ready', 'registering', 'arriving', 'unreadable', 'missing', 'suspect'] as const satisfies readonly SlideState[]

/** Which slides the library shows, in which order: what the address bar says and the viewer hands on. */
export interface ListQuery {
  readonly project: string | null
  readonly q: string
  readonly states: readonly SlideState[]
  readonly formats: readonly string[]
  readonly stains: readonly string[]
  readonly tags: readonly string[]
  /** The least number of stars. */
  readonly rating: number | null
  /** The case that is open. */
  readonly caseId: string | null
  /** Only what is in no case; never together with an open case. */
  readonly noCase: boolean
  /** The saved view that the list was opened from; it names the list and selects nothing. */
  readonly view: string | null
  readonly sort: Sort
}

/** How the address and the API say "in no case" where a case is named. */
const NO_CASE = 'none'

export const ALL_SLIDES: ListQuery = {
  project: null,
  q: '',
  states: [],
  formats: [],
  stains: [],
  tags: [],
  rating: null,
  caseId: null,
  noCase: false,
  view: null,
  sort: 'name',
}

/** Within a case slides stand as one reads them: H&E first, then by block; elsewhere by name. */
export function defaultSort(caseId: string | null): Sort {
  return caseId === null ? ALL_SLIDES.sort : 'case'
}

/** Read a query string; whatever it does not say, or says wrongly, is the default. */
export function parseListQuery(search: string | URLSearchParams): ListQuery {
  const params = new URLSearchParams(search)
  const sort = params.get('sort')
  const inCase = params.get('case') || null
  const noCase = inCase === NO_CASE
  const caseId = noCase ? null : inCase
  return {
    project: params.get('project') || null,
    q: params.get('q') ?? '',
    states: STATES.filter((state) => params.getAll('state').includes(state)),
    formats: valuesOf(params, 'format'),
    stains: valuesOf(params, 'stain'),
    tags: valuesOf(params, 'tag'),
    rating: ratingOf(params.get('rating')),
    caseId,
    noCase,
    view: params.get('view') || null,
    sort: SORTS.find((known) => known === sort) ?? defaultSort(caseId),
  }
}

function valuesOf(params: URLSearchParams, name: string): string[] {
  return [...new Set(params.getAll(name))].filter((value) => value !== '').sort()
}

function ratingOf(text: string | null): number | null {
  return text !== null && /^[1-5]$/.test(text) ? Number(text) : null
}

/** Write a query string; defaults are left out, so equal lists have equal addresses. */
export function formatListQuery(query: ListQuery): URLSearchParams {
  const params = new URLSearchParams()
  if (query.project !== null) params.set('project', query.project)
  const words = query.q.trim()
  if (words !== '') params.set('q', words)
  for (const state of STATES) if (query.states.includes(state)) params.append('state', state)
  for (const name of [...query.formats].sort()) params.append('format', name)
  for (const stain of [...query.stains].sort()) params.append('stain', stain)
  for (const tag of [...query.tags].sort()) params.append('tag', tag)
  if (query.rating !== null) params.set('rating', String(query.rating))
  if (query.caseId !== null) params.set('case', query.caseId)
  else if (query.noCase) params.set('case', NO_CASE)
  if (query.sort !== defaultSort(query.caseId)) params.set('sort', query.sort)
  if (query.view !== null) params.set('view', query.view)
  return params
}

/** The list behind an address without the name that it was saved under: equal for equal lists. */
export function listAddress(query: ListQuery): string {
  return formatListQuery({ ...query, view: null }).toString()
}

/** The same list in the API's words. */
export function selectionOf(query: ListQuery): SlideSelection {
  const words = query.q.trim()
  return {
    ...(query.project === null ? {} : { project_id: query.project }),
    ...(words === '' ? {} : { q: words }),
    ...(query.states.length === 0 ? {} : { state: [...query.states] }),
    ...(query.formats.length === 0 ? {} : { format: [...query.formats] }),
    ...(query.stains.length === 0 ? {} : { stain: [...query.stains] }),
    ...(query.tags.length === 0 ? {} : { tag: [...query.tags] }),
    ...(query.rating === null ? {} : { rating_min: query.rating }),
    ...(query.caseId !== null ? { case_id: query.caseId } : query.noCase ? { case_id: NO_CASE } : {}),
    sort: query.sort,
  }
}

/** How many filters are set; the search is none of them. */
export function filterCount(query: ListQuery): number {
  const { states, formats, stains, tags, rating, caseId, noCase } = query
  const lone = (rating === null ? 0 : 1) + (noCase && caseId === null ? 1 : 0)
  return states.length + formats.length + stains.length + tags.length + lone
}

/** The same list without its filters. */
export function withoutFilters(query: ListQuery): ListQuery {
  return { ...query, states: [], formats: [], stains: [], tags: [], rating: null, noCase: false }
}

/** True when something beside project and case narrows the list. */
export function isNarrowed(query: ListQuery): boolean {
  return query.q.trim() !== '' || filterCount(query) > 0
}

/** The sort that a click on a column's heading means: the column, then its reverse. */
export function toggleSort(current: Sort, field: SortField): Sort {
  return current === field ? `-${field}` : field
}
