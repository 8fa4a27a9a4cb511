import { describe, expect, it } from 'vitest'
import type { Annotation } from '../annotations/types'
import type { ResultObject } from './columns'
import { correctedObjects, correction, correctionOf, isRemoval } from './corrections'

const object: ResultObject = {
  object_no: 7,
  geometry: { kind: 'point', at: [3, 4] },
  nucleus: null,
  class_name: 'Tumour',
  class_id: null,
  measurements: { area: 12 },
  categories: {},
  area_px: 0,
  area_um2: null,
  centroid: [3, 4],
  corrected_by: null,
}
const drawn = (layer_id: string, object_no: number, more: Partial<Annotation> = {}) =>
  ({ annotation_id: `${layer_id}${object_no}`, corrects: { layer_id, object_no }, deleted: false, properties: {}, ...more }) as Annotation

describe('corrections', () => {
  it('names the objects of each layer that give way, once each and in order', () => {
    const found = correctedObjects([drawn('a', 9), drawn('a', 2), drawn('a', 9), drawn('b', 1), drawn('a', 5, { deleted: true })])
    expect(found).toEqual(new Map([['a', [2, 9]], ['b', [1]]]))
    expect(correctionOf([drawn('a', 5, { deleted: true }), drawn('b', 5)], 'a', 5)).toBeNull()
    expect(correctionOf([drawn('b', 5)], 'b', 5)?.annotation_id).toBe('b5')
  })

  it('of a class keeps shape and measurements', () => {
    const to = { class_id: 'c', parent_id: null, name: 'Stroma', colour: '#000000', hotkey: null, description: '', code: null, form: null }
    const draft = correction(object, 'layer', { kind: 'class', to })
    expect(draft).toMatchObject({ class_id: 'c', geometry: object.geometry, measurements: { area: 12 }, corrects: { layer_id: 'layer', object_no: 7 } })
    expect(draft.properties).toEqual({})
  })

  it('that takes away says so, and there is nothing of it to draw', () => {
    const draft = correction(object, 'layer', { kind: 'remove' })
    expect(draft.properties).toEqual({ removed: true })
    expect(isRemoval(drawn('layer', 7, { properties: draft.properties ?? {} }))).toBe(true)
    expect(isRemoval(drawn('layer', 7))).toBe(false)
  })

  it('that is drawn anew keeps what it is, not what was measured', () => {
    expect(correction(object, 'layer', { kind: 'redraw' })).toMatchObject({ measurements: {}, properties: { class: 'Tumour' } })
  })
})
