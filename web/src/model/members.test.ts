import { expect, test } from 'vitest'

import { mayTick, rightsOf, withRight } from './members'

const ALL = ['identity', 'export', 'download'] as const

test('a role brings its rights, as far as they are ours to give', () => {
  expect(rightsOf('viewer', ALL)).toEqual([])
  expect(rightsOf('annotator', ALL)).toEqual(['identity'])
  expect(rightsOf('manager', ALL)).toEqual(['identity', 'export', 'download'])
  expect(rightsOf('manager', ['identity'])).toEqual(['identity'])
  expect(rightsOf('none', ALL)).toEqual([])
})

test('downloads come with identity and go with it', () => {
  expect(withRight([], 'download', true)).toEqual(['identity', 'download'])
  expect(withRight(['identity', 'export', 'download'], 'identity', false)).toEqual(['export'])
  expect(withRight(['identity', 'download'], 'download', false)).toEqual(['identity'])
  expect(withRight(['identity'], 'export', true)).toEqual(['identity', 'export'])
})

test('what somebody has may stay, what is not ours cannot be given', () => {
  expect(mayTick('download', ['download'], [])).toBe(true)
  expect(mayTick('download', [], ['identity'])).toBe(false)
})
