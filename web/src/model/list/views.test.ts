import { expect, test } from 'vitest'

import { ALL_SLIDES, parseListQuery } from './query'
import { listOfView, viewQuery } from './views'

test('a list comes back from a view as it was saved', () => {
  const query = parseListQuery('project=p1&q=a+b&state=ready&stain=H%26E&stain=HER2&tag=x&rating=3&sort=-stain')
  const kept = JSON.parse(JSON.stringify(viewQuery(query))) as Record<string, unknown>
  expect(kept).toMatchObject({ project: 'p1', stain: ['H&E', 'HER2'], tag: 'x', rating: '3' })
  expect(listOfView('v1', kept)).toEqual({ ...query, view: 'v1' })
})

test('a view does not keep the name of the view that it was made from', () => {
  expect(viewQuery(parseListQuery('q=a&view=old'))).toEqual({ q: 'a' })
})

test('what a script wrote wrongly into a view is left out', () => {
  expect(listOfView('v1', { sort: 'password', rating: 3, tag: [null, 'x'], q: { a: 1 } })).toEqual({
    ...ALL_SLIDES,
    rating: 3,
    tags: ['x'],
    view: 'v1',
  })
})
