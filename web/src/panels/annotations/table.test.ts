import { expect, test } from 'vitest'

import type { Annotation } from '../../model/annotations/types'
import type { ObjectRow } from './objects'
import { csvName, tableOf, totalsOf } from './table'

function row(name: string, className: string, area: number | null, more: Partial<Annotation> = {}): ObjectRow {
  const one: Annotation = {
    annotation_id: 'id',
    layer_id: 'l',
    object_type: 'annotation',
    parent_id: null,
    geometry: { kind: 'point', at: [0, 0] },
    nucleus: null,
    class_id: null,
    name,
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
    author_name: 'Bee, Ann',
    created_at: '2026-01-01T00:00:00Z',
    changed_at: '2026-01-02T00:00:00Z',
    rev: 1,
    deleted: false,
    ...more,
  }
  return { id: one.annotation_id, one, name, className, colour: null, area, length: null, perimeter: null }
}

test('columns say their units, texts are quoted, formulas are none', () => {
  const rows = [row('=1+1', 'Tumour', 12.5, { measurements: { 'Mean "OD"': -0.5 }, properties: { grade: '@x' } })]
  const [head, line] = tableOf(rows, new Map(), { x: 1, y: 1 }).split('\r\n')
  expect(head).toContain('area_um2,length_um,perimeter_um')
  expect(head?.endsWith('property grade,"Mean ""OD"""')).toBe(true)
  expect(line).toBe(`id,'=1+1,Tumour,point,annotation,,12.5,,,"Bee, Ann",2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,draft,'@x,-0.5`)
  expect(tableOf(rows, new Map(), null)).toContain('area_px2')
})

test('classes are counted, most frequent first', () => {
  expect(totalsOf([row('', 'B', 1), row('', 'A', null), row('', 'A', 2)])).toEqual([
    { className: 'A', count: 2, area: 2 },
    { className: 'B', count: 1, area: 1 },
  ])
})

test('a file is named after its slide', () => {
  expect(csvName('a/b:c.svs')).toBe('a_b_c.svs annotations.csv')
  expect(csvName('')).toBe('slide annotations.csv')
})
