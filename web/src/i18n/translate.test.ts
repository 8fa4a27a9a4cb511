import { expect, test } from 'vitest'

import { CATALOGUES, en } from './en'
import { translator } from './translate'

const say = translator({
  plain: 'Nothing to fill',
  named: 'Opened by {name}',
  counted: { one: '{count} slide', other: '{count} slides' },
})

test('holes are filled, numbers with separators', () => {
  expect(say('plain')).toBe('Nothing to fill')
  expect(say('named', { name: '<b>Ada</b>' })).toBe('Opened by <b>Ada</b>')
  expect(say('counted', { count: 100000 })).toBe('100,000 slides')
})

test('the count chooses the plural form', () => {
  expect(say('counted', { count: 1 })).toBe('1 slide')
  expect(say('counted', { count: 0 })).toBe('0 slides')
})

test('what a message needs is checked by type', () => {
  // @ts-expect-error the name is missing
  say('named')
  // @ts-expect-error there is no such message
  say('absent')
  // @ts-expect-error there is no such hole
  say('counted', { count: 1, name: 'x' })
})

test('every message of the catalogue says something', () => {
  for (const message of Object.values(en)) {
    const texts = typeof message === 'string' ? [message] : Object.values(message)
    for (const text of texts) expect(text.trim()).not.toBe('')
  }
})

test('no message stands in two catalogues', () => {
  const keys = CATALOGUES.flatMap((catalogue) => Object.keys(catalogue))
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
  expect(keys.length).toBe(Object.keys(en).length)
})
