import type { CaseSelection, CaseSummary } from '../../api/cases'
import type { Facet, SlideSelection, SlideSummary } from '../../api/slides'
import { type FetchPage, PagedList, type PagedState } from './pagedList'

/** What a list of slides says beside its slides: how many have which value. */
export interface Facets {
  states: readonly Facet[]
  formats: readonly Facet[]
  stains: readonly Facet[]
  tags: readonly Facet[]
}

const NO_FACETS: Facets = { states: [], formats: [], stains: [], tags: [] }

export type ListState = PagedState<SlideSummary, Facets>

/** A list of slides, read as far as somebody looks. */
export class SlideList extends PagedList<SlideSummary, Facets, SlideSelection> {
  constructor(fetchPage: FetchPage<SlideSummary, Facets, SlideSelection>) {
    super({
      fetchPage,
      idOf: (slide) => slide.slide_id,
      nothing: NO_FACETS,
      headOf: ({ states, formats, stains, tags }) => ({ states, formats, stains, tags }),
    })
  }
}

/** A list of cases, read as far as somebody looks. */
export class CaseList extends PagedList<CaseSummary, object, CaseSelection> {
  constructor(fetchPage: FetchPage<CaseSummary, object, CaseSelection>) {
    super({ fetchPage, idOf: (one) => one.case_id, nothing: {}, headOf: () => ({}) })
  }
}
