import { expect, test } from 'vitest'

import { type FormField, faultOf, fieldsOf, freshKey, LONGEST_TEXT, named, schemaOf } from './formSchema'

const GRADES: FormField = {
  key: 'gleason',
  title: 'Gleason pattern',
  kind: 'choice',
  required: true,
  hint: '',
  choices: ['3', '4', '5'],
  minimum: null,
  maximum: null,
}
const PERCENT: FormField = { ...GRADES, key: 'percent', title: 'Percent', kind: 'number', required: false, choices: [], minimum: 0, maximum: 100 }

test('fields become a schema and come back as they were', () => {
  const kinds = ['text', 'long', 'number', 'integer', 'yesno', 'choice', 'choices', 'date'] as const
  const fields = kinds.map((kind) => ({ ...(kind === 'choice' || kind === 'choices' ? GRADES : { ...PERCENT, minimum: null, maximum: null }), key: kind, kind }))
  expect(fieldsOf(schemaOf(fields))).toEqual(fields)
  expect(fieldsOf(schemaOf([PERCENT]))).toEqual([PERCENT])
  expect(schemaOf([])).toBeNull()
})

test('what is no form has no fields', () => {
  expect(fieldsOf(null)).toEqual([])
  expect(fieldsOf({ type: 'string' })).toEqual([])
  expect(fieldsOf({ properties: { odd: true } })).toEqual([])
})

test('a value is checked by its field', () => {
  expect(faultOf(GRADES, undefined)).toBe('missing')
  expect(faultOf(GRADES, '2')).toBe('choice')
  expect(faultOf(GRADES, '4')).toBeNull()
  expect(faultOf(PERCENT, '')).toBeNull()
  expect(faultOf(PERCENT, Number.NaN)).toBe('number')
  expect(faultOf(PERCENT, -1)).toBe('low')
  expect(faultOf(PERCENT, 101)).toBe('high')
  expect(faultOf({ ...PERCENT, kind: 'integer' }, 1.5)).toBe('integer')
  expect(faultOf({ ...GRADES, kind: 'choices' }, ['3', '9'])).toBe('choice')
  expect(faultOf({ ...GRADES, kind: 'choices' }, ['3', '5'])).toBeNull()
  expect(faultOf({ ...PERCENT, kind: 'date' }, '27.11.2026')).toBe('date')
  expect(faultOf({ ...PERCENT, kind: 'text' }, 'x'.repeat(LONGEST_TEXT))).toBeNull()
  expect(faultOf({ ...PERCENT, kind: 'long' }, 'x'.repeat(LONGEST_TEXT + 1))).toBe('long')
})

test('a new key is plain and its own', () => {
  expect(freshKey('Größe (µm)', [])).toBe('gro_e_m')
  expect(freshKey('Size', ['size', 'size_2'])).toBe('size_3')
  expect(freshKey('…', [])).toBe('field')
})

test('new fields are named after their question, known ones keep their name', () => {
  const fields = [{ ...GRADES, title: 'Renamed' }, { ...PERCENT, key: 'field', title: 'Gleason' }, { ...PERCENT, key: 'field_2', title: 'Gleason' }]
  expect(named(fields, [GRADES]).map((field) => field.key)).toEqual(['gleason', 'gleason_2', 'gleason_3'])
})
