import { expect, test } from 'vitest'

import type { Annotation, AnnotationClass, Geometry } from '../../model/annotations/types'
import { between, csvName, filtered, measure, NO_FILTER, rowsOf, sizeText, sorted } from './objects'

const SQUARE: Geometry = { kind: 'rectangle', x: 0, y: 0, width: 10, height: 20, rotation: 0 }
const LINE: Geometry = { kind: 'line', points: [[0, 0], [3, 4]] }
const POINT: Geometry = { kind: 'point', at: [1, 1] }

function drawn(annotation_id: string, geometry: Geometry, more: Partial<Annotation> = {}): Annotation {
  return {
    annotation_id,
    layer_id: 'l',
    object_type: 'annotation',
    parent_id: null,
    geometry,
    nucleus: null,
    class_id: null,
    name: '',
    properties: {},
    measurements: {},
    plane: 0,
    time: 0,
    locked: false,
    review: 'draft',
    review_note: '',
    corrects: null,
    variant_of: null,
    author_id: 'p',
    author_name: 'Ann',
    created_at: '2026-01-01T00:00:00Z',
    changed_at: '2026-01-01T00:00:00Z',
    rev: 1,
    deleted: false,
    ...more,
  }
}

const TUMOUR: AnnotationClass = { class_id: 't', parent_id: null, name: 'Tumour', colour: '#0072b2', hotkey: 1, description: '', code: null, form: null }
const ROWS = rowsOf(
  [
    drawn('a', SQUARE, { class_id: 't', name: 'Big' }),
    drawn('b', LINE, { author_name: 'Bee', review: 'approved' }),
    drawn('c', POINT, { changed_at: '2026-02-01T00:00:00Z' }),
  ],
  new Map([['t', TUMOUR]]),
  { x: 0.5, y: 0.25 },
)

test('shapes are measured with x and y apart, and without a scale in pixels', () => {
  expect(measure(SQUARE, { x: 0.5, y: 0.25 })).toEqual({ area: 25, length: null, perimeter: 20 })
  expect(measure(LINE, null).length).toBeCloseTo(5)
  expect(measure(LINE, { x: 1, y: 0.5 }).length).toBeCloseTo(Math.hypot(3, 2))
  expect(measure(POINT, null)).toEqual({ area: null, length: null, perimeter: null })
  expect(sizeText(measure(SQUARE, { x: 0.5, y: 0.25 }), { x: 0.5, y: 0.25 })).toBe('25.0 µm²')
})

test('what has no value stands last whichever way one sorts', () => {
  expect(sorted(ROWS, { field: 'area', down: false }).map((row) => row.id)).toEqual(['a', 'b', 'c'])
  expect(sorted(ROWS, { field: 'area', down: true }).map((row) => row.id)).toEqual(['a', 'b', 'c'])
  expect(sorted(ROWS, { field: 'changed', down: true }).map((row) => row.id)).toEqual(['c', 'a', 'b'])
  expect(sorted(ROWS, { field: 'author', down: true }).map((row) => row.id)).toEqual(['b', 'a', 'c'])
})

test('a filter takes words, class, state and layer together', () => {
  expect(filtered(ROWS, { ...NO_FILTER, words: 'tum big' }).map((row) => row.id)).toEqual(['a'])
  expect(filtered(ROWS, { ...NO_FILTER, classId: '' }).map((row) => row.id)).toEqual(['b', 'c'])
  expect(filtered(ROWS, { ...NO_FILTER, review: 'approved' }).map((row) => row.id)).toEqual(['b'])
  expect(filtered(ROWS, { ...NO_FILTER, layerId: 'other' })).toEqual([])
})

test('a press with Shift selects from the last row to this one', () => {
  expect(between(ROWS, 'c', 'a')).toEqual(['a', 'b', 'c'])
  expect(between(ROWS, null, 'b')).toEqual(['b'])
  expect(between(ROWS, 'gone', 'b')).toEqual(['b'])
})

test('a file is named after its slide', () => {
  expect(csvName('a/b:c.svs')).toBe('a_b_c.svs annotations.csv')
  expect(csvName('')).toBe('slide annotations.csv')
})
