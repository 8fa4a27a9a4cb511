import { describe, expect, it } from 'vitest'

import { countMeasurements, countOf, fieldAround, fieldsArea, frameArea, frameAround, percentage, tally } from './counting'
import { countsByClass, csv, measuresCsv, rowOf, rowsOf, sorted } from './measures'
import { area } from './shapes'
import type { Annotation, AnnotationClass, Geometry } from './types'

const size = { x: 0.5, y: 0.5 }
const classes = new Map<string, AnnotationClass>([
  ['t', { class_id: 't', parent_id: null, name: 'Tumour', colour: '#aa0000', hotkey: 1, description: '', code: null, form: null }],
])
const named = { classes, layers: new Map() }

function drawn(id: string, geometry: Geometry, more: Partial<Annotation> = {}): Annotation {
  return {
    annotation_id: id,
    layer_id: 'l',
    object_type: 'annotation',
    parent_id: null,
    geometry,
    nucleus: null,
    class_id: 't',
    name: id,
    properties: {},
    measurements: {},
    plane: 0,
    time: 0,
    locked: false,
    review: 'draft',
    review_note: '',
    corrects: null,
    variant_of: null,
    author_id: 'a',
    author_name: 'Ann',
    created_at: '2026-01-02T03:04:05+00:00',
    changed_at: '2026-01-02T03:04:05Z',
    rev: 1,
    deleted: false,
    ...more,
  }
}

const box = drawn('box', { kind: 'rectangle', x: 0, y: 0, width: 10, height: 20, rotation: 0 })
const line = drawn('line', { kind: 'line', points: [[0, 0], [30, 40]] }, { class_id: null })
const points = drawn('points', { kind: 'multipoint', points: [[1, 1], [2, 2], [300, 300]] })

describe('the table of sizes', () => {
  it('uses micrometres where they are known, pixels else, and keeps the rows of what did not change', () => {
    expect(rowOf(box, named, size)).toMatchObject({ area: 50, perimeter: 30, length: null, points: null, x: 2.5, y: 5, class_name: 'Tumour' })
    expect(rowOf(box, named, size)).toBe(rowOf(box, named, size))
    expect(rowOf(line, named, null)).toMatchObject({ length: 50, area: null })
    expect(rowOf(box, named, null).area).toBe(200)
  })

  it('sorts, with what has no value at the end either way', () => {
    const rows = rowsOf([line, box, drawn('big', { kind: 'rectangle', x: 0, y: 0, width: 99, height: 99, rotation: 0 })], named, size)
    const order = (descending: boolean) => sorted(rows, 'area', descending).map(({ annotation }) => annotation.name)
    expect(order(false)).toEqual(['box', 'big', 'line'])
    expect(order(true)).toEqual(['big', 'box', 'line'])
  })

  it('counts by class, each point of a cloud once', () => {
    expect(countsByClass(rowsOf([box, line, points], named, size))).toEqual([
      { class_id: 't', name: 'Tumour', count: 4, area: 50 },
      { class_id: null, name: 'No class', count: 1, area: 0 },
    ])
  })

  it('leaves as CSV with units, ISO times, and no cell that a spreadsheet would run', () => {
    const odd = drawn('odd', { kind: 'point', at: [1, 2] }, { name: '=HYPERLINK("x")', measurements: { 'Area, µm²': 1.5 }, author_name: '@Ann' })
    const [head = '', first = '', second = ''] = measuresCsv(rowsOf([odd, box], named, size), size).split('\r\n')
    expect(head).toContain('Area (µm²)')
    expect(head).toContain('"Area, µm²"')
    expect(first).toContain(`"'=HYPERLINK(""x"")"`)
    expect(first).toContain("'@Ann")
    expect(first).toContain('2026-01-02T03:04:05.000Z')
    expect(second).toContain(',50,')
    expect(measuresCsv([], null)).toContain('Area (px²)')
    expect(csv([['a', null, -1.00004, ' +1']])).toBe("a,,-1,' +1\r\n")
  })
})

describe('counting', () => {
  it('knows the area of high-power fields and frames', () => {
    expect(fieldsArea({ count: 10, fieldNumber: 22, objective: 40 })).toBeCloseTo(2.376, 3)
    const frame = frameAround([1000, 1000], 2, { x: 0.5, y: 0.25 })
    expect(frameArea(frame, { x: 0.5, y: 0.25 })).toBeCloseTo(2, 9)
    expect(frameArea(frame, null)).toBeNull()
    const field = fieldAround([0, 0], { fieldNumber: 22, objective: 40 }, { x: 0.5, y: 0.25 })
    expect(area(field, { x: 0.5, y: 0.25 }) / 1e6).toBeCloseTo(0.2376, 3)
  })

  it('counts points within the frames only, and says how many a square millimetre', () => {
    expect(tally([points], [])).toBe(3)
    expect(tally([points], [{ kind: 'rectangle', x: 0, y: 0, width: 10, height: 10, rotation: 0 }])).toBe(2)
    expect(countOf(5, 2)).toEqual({ n: 5, area_mm2: 2, per_mm2: 2.5 })
    expect(countOf(5, null).per_mm2).toBeNull()
  })

  it('gives a percentage with its interval, and the count as measurements', () => {
    expect(percentage(0, 0)).toBeNull()
    const ki67 = percentage(20, 80)
    expect(ki67?.part).toBe(0.2)
    // Wilson's interval for 20 of 100, from tables.
    expect(ki67?.low).toBeCloseTo(0.1334, 3)
    expect(ki67?.high).toBeCloseTo(0.2888, 3)
    expect(countMeasurements(new Map([['positive', 20], ['negative', 80]]), 2)).toEqual({
      'area (mm²)': 2,
      'positive (n)': 20,
      'positive (n/mm²)': 10,
      'negative (n)': 80,
      'negative (n/mm²)': 40,
      'positive (%)': 20,
    })
  })
})
