import { expect, test } from 'vitest'

import type { FieldRule } from '../../api/projects'
import { draftOf, freeKeys, keyFrom, newDraft, problemAt, readField, readOptions, ruleOf, writeField } from './fieldRules'

test('text becomes what the rule asks for, and stays text where it cannot', () => {
  expect(readField({ type: 'number' }, ' 2,5 ')).toBe(2.5)
  expect(readField({ type: 'integer' }, '12')).toBe(12)
  expect(readField({ type: 'number' }, 'two')).toBe('two')
  expect(readField({ type: 'number' }, '1,234,5')).toBe('1,234,5')
  expect(readField({ type: 'boolean' }, 'true')).toBe(true)
  expect(readField({ type: 'string' }, '007')).toBe('007')
  expect(readField(null, '   ')).toBeNull()
})

test('every value can be written and read again', () => {
  expect(readField({ type: 'number' }, writeField(0.25))).toBe(0.25)
  expect(readField({ type: 'boolean' }, writeField(false))).toBe(false)
  expect(writeField(null)).toBe('')
})

test("the server's sentence is found wherever the patch lay in the request", () => {
  const problems = [{ pointer: '/patch/fields/site', detail: 'Site must be one of liver, lung.' }]
  expect(problemAt(problems, 'fields/site')).toBe('Site must be one of liver, lung.')
  expect(problemAt(problems, 'fields/biopsysite')).toBeNull()
  expect(problemAt([{ pointer: '/rating', detail: 'At most 5.' }], 'rating')).toBe('At most 5.')
})

test('fields without a rule are free', () => {
  const rules = [{ key: 'site' }] as FieldRule[]
  expect(freeKeys([{ site: 'liver', zoo: 1 }, { aunt: 2, zoo: 3 }], rules)).toEqual(['aunt', 'zoo'])
})

test('a label makes a key, lines make options', () => {
  expect(keyFrom('  Größe (mm) ')).toBe('gro_e_mm')
  expect(keyFrom('Biopsy site')).toBe('biopsy_site')
  expect(readOptions('liver\n lung, liver\n\n')).toEqual(['liver', 'lung'])
})

test('a rule survives being edited without a change', () => {
  const rule: FieldRule = {
    ...{ key: 'grade', label: 'Grade', type: 'integer', minimum: 1, maximum: 3, required: true, default: 2 },
    ...{ applies_to: 'case', options: null, pattern: null, identity: false },
  }
  expect(ruleOf(draftOf(rule, 1))).toEqual(rule)
  const list: FieldRule = { ...rule, type: 'enum', options: ['a', 'b'], minimum: null, maximum: null, default: 'a' }
  expect(ruleOf(draftOf(list, 1))).toEqual(list)
})

test('a key follows its label until somebody types it, and bounds of another type are dropped', () => {
  const draft = { ...newDraft(1), label: 'Biopsy site', minimum: '3' }
  expect(ruleOf(draft)).toMatchObject({ key: 'biopsy_site', minimum: null, options: null })
  expect(ruleOf({ ...draft, ownKey: true, key: 'site', type: 'number' })).toMatchObject({ key: 'site', minimum: 3 })
})
