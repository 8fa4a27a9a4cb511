import { expect, test } from 'vitest'

import { DEFAULT_COLUMNS, columnChoices, fieldColumn, fieldOf, moveColumn, readColumns, toggleColumn } from './columns'

test('what was stored is read back without what nobody knows', () => {
  expect(readColumns(['stain', 'gone', 7, 'field:site', 'stain', 'field:'])).toEqual(['stain', 'field:site'])
  expect(readColumns([...DEFAULT_COLUMNS])).toEqual(DEFAULT_COLUMNS)
})

test('a field column knows its key, whatever the key contains', () => {
  expect(fieldOf(fieldColumn('a:b'))).toBe('a:b')
  expect(fieldOf('stain')).toBeNull()
})

test('shown columns come first in their own order, and the fields of the schema are offered', () => {
  const choices = columnChoices(['size', 'field:site'], ['site', 'grade'])
  expect(choices.slice(0, 2)).toEqual(['size', 'field:site'])
  expect(choices.at(-1)).toBe('field:grade')
  expect(new Set(choices).size).toBe(choices.length)
})

test('columns go, come back at the end, and move to the ends but not beyond', () => {
  expect(toggleColumn(['case', 'stain'], 'case')).toEqual(['stain'])
  expect(toggleColumn(['stain'], 'case')).toEqual(['stain', 'case'])
  expect(moveColumn(['case', 'block', 'stain'], 'stain', -1)).toEqual(['case', 'stain', 'block'])
  expect(moveColumn(['case', 'block', 'stain'], 'case', -1)).toEqual(['case', 'block', 'stain'])
  expect(moveColumn(['case', 'block', 'stain'], 'case', 9)).toEqual(['block', 'stain', 'case'])
  expect(moveColumn(['case'], 'stain', 1)).toEqual(['case'])
})
