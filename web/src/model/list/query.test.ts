import { expect, test } from 'vitest'

import {
  ALL_SLIDES,
  filterCount,
  formatListQuery,
  isNarrowed,
  listAddress,
  parseListQuery,
  selectionOf,
  toggleSort,
  withoutFilters,
} from './query'

test('the address and the query say the same', () => {
  const address =
    'project=p1&q=liver+HE&state=ready&state=unreadable&format=ndpi&format=svs&stain=H%26E&stain=HER2' +
    '&tag=tumour&rating=3&case=c1&sort=-created_at&view=v1'
  const query = parseListQuery(address)
  expect(query).toEqual({
    project: 'p1',
    q: 'liver HE',
    states: ['ready', 'unreadable'],
    formats: ['ndpi', 'svs'],
    stains: ['H&E', 'HER2'],
    tags: ['tumour'],
    rating: 3,
    caseId: 'c1',
    noCase: false,
    view: 'v1',
    sort: '-created_at',
  })
  expect(formatListQuery(query).toString()).toBe(address)
})

test('defaults are left out, so equal lists have equal addresses', () => {
  expect(formatListQuery(ALL_SLIDES).toString()).toBe('')
  expect(formatListQuery({ ...ALL_SLIDES, q: '   ' }).toString()).toBe('')
  expect(formatListQuery({ ...ALL_SLIDES, formats: ['svs', 'czi'] }).toString()).toBe('format=czi&format=svs')
})

test('what an address says wrongly is the default', () => {
  expect(parseListQuery('sort=password&state=gone&project=&format=&rating=6&case=&stain=')).toEqual(ALL_SLIDES)
})

test('the selection is in the words of the API and says nothing unasked', () => {
  expect(selectionOf(ALL_SLIDES)).toEqual({ sort: 'name' })
  expect(selectionOf(parseListQuery('project=p1&q=+he+&state=missing&sort=size_bytes'))).toEqual({
    project_id: 'p1',
    q: 'he',
    state: ['missing'],
    sort: 'size_bytes',
  })
})

test('a project alone does not narrow a list', () => {
  expect(isNarrowed(parseListQuery('project=p1'))).toBe(false)
  expect(isNarrowed(parseListQuery('format=svs'))).toBe(true)
})

test('a heading sorts upward, then downward', () => {
  expect(toggleSort('name', 'size_bytes')).toBe('size_bytes')
  expect(toggleSort('size_bytes', 'size_bytes')).toBe('-size_bytes')
  expect(toggleSort('-size_bytes', 'size_bytes')).toBe('size_bytes')
})

test('a case is read in its own order unless somebody asks for another', () => {
  const inCase = parseListQuery('case=c1')
  expect(inCase.sort).toBe('case')
  expect(formatListQuery(inCase).toString()).toBe('case=c1')
  expect(formatListQuery({ ...inCase, sort: 'name' }).toString()).toBe('case=c1&sort=name')
  expect(selectionOf({ ...inCase, stains: ['HER2'], tags: ['x'], rating: 4 })).toEqual({
    case_id: 'c1',
    stain: ['HER2'],
    tag: ['x'],
    rating_min: 4,
    sort: 'case',
  })
})

test('filters are counted one by one and all go at once; search and case stay', () => {
  const query = parseListQuery('q=a&case=c1&state=ready&stain=A&stain=B&tag=x&rating=2')
  expect(filterCount(query)).toBe(5)
  expect(formatListQuery(withoutFilters(query)).toString()).toBe('q=a&case=c1')
})

test('what is in no case is a filter of its own, until a case is opened', () => {
  const query = parseListQuery('project=p1&case=none')
  expect(query).toEqual({ ...ALL_SLIDES, project: 'p1', noCase: true })
  expect(selectionOf(query)).toEqual({ project_id: 'p1', case_id: 'none', sort: 'name' })
  expect(filterCount(query)).toBe(1)
  expect(isNarrowed(query)).toBe(true)
  expect(formatListQuery(query).toString()).toBe('project=p1&case=none')
  expect(formatListQuery(withoutFilters(query)).toString()).toBe('project=p1')
  const opened = { ...query, caseId: 'c1', sort: 'case' as const }
  expect(formatListQuery(opened).toString()).toBe('project=p1&case=c1')
  expect(filterCount(opened)).toBe(0)
})

test('the name of a saved view does not make another list of it', () => {
  expect(listAddress(parseListQuery('q=a&view=v1'))).toBe(listAddress(parseListQuery('q=a')))
  expect(listAddress(parseListQuery('q=a&view=v1'))).not.toBe(listAddress(parseListQuery('q=b&view=v1')))
})
