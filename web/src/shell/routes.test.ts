import { expect, test } from 'vitest'

import { libraryPath, matchRoute, slidePath } from './routes'

test('each address names its page', () => {
  expect(matchRoute('/').name).toBe('library')
  expect(matchRoute('/signin').name).toBe('signIn')
  expect(matchRoute('/trash').name).toBe('trash')
  for (const name of ['account', 'people', 'link', 'register']) expect(matchRoute(`/${name}`).name).toBe(name)
  expect(matchRoute('/first-run').name).toBe('firstRun')
  expect(matchRoute('/audit').name).toBe('audit')
  expect(matchRoute('/shares').name).toBe('shares')
  expect(matchRoute('/share/abc')).toEqual({ name: 'share', params: { token: 'abc' } })
  expect(matchRoute('/s/slides/0192')).toEqual({ name: 'entrance', params: { slideId: '0192' } })
  expect(matchRoute('/share').name).toBe('share')
  expect(matchRoute('/slides/0192')).toEqual({ name: 'viewer', params: { slideId: '0192' } })
  expect(matchRoute('/slides/0192/').name).toBe('viewer')
})

test('an address that nobody knows is not found', () => {
  for (const path of ['/slides', '/slides/a/b', '/admin']) expect(matchRoute(path).name).toBe('notFound')
})

test('a slide carries the list that it was opened from', () => {
  expect(slidePath('a/b', new URLSearchParams({ q: 'liver', sort: '-name' }))).toBe('/slides/a%2Fb?q=liver&sort=-name')
  expect(matchRoute('/slides/a%2Fb').params['slideId']).toBe('a/b')
  expect(matchRoute('/slides/%E0%A4%A').params['slideId']).toBe('%E0%A4%A')
  expect(libraryPath()).toBe('/')
  expect(libraryPath('project=1')).toBe('/?project=1')
})
