import { expect, test } from 'vitest'

import type { SlideSummary } from '../../api/slides'
import { BATCH, changesBy, inverseChanges, patched, shared, sharedTags, tagChanges } from './changes'

function slide(id: string, some: Partial<SlideSummary> = {}): SlideSummary {
  const blank = { case_id: null, part: null, block: null, stain: null, stain_kind: null, label_text: null }
  return { slide_id: id, name: id, ...blank, tags: [], rating: null, fields: {}, ...some } as unknown as SlideSummary
}

test('slides agree on a value or they do not', () => {
  const two = [slide('a', { stain: 'HER2', fields: { site: 'liver' } }), slide('b', { stain: 'HER2' })]
  expect(shared(two, (one) => one.stain)).toEqual({ same: true, value: 'HER2' })
  expect(shared(two, (one) => one.fields['site'] ?? null)).toEqual({ same: false })
  expect(sharedTags([slide('a', { tags: ['x', 'y'] }), slide('b', { tags: ['x'] })])).toEqual({ all: ['x'], some: ['y'] })
})

test('a tag goes onto slides that lack it, one call for each set of tags', () => {
  const three = [slide('a', { tags: ['x'] }), slide('b'), slide('c')]
  expect(tagChanges(three, 'x', true)).toEqual([{ slideIds: ['b', 'c'], patch: { tags: ['x'] } }])
  expect(tagChanges(three, 'x', false)).toEqual([{ slideIds: ['a'], patch: { tags: [] } }])
  expect(tagChanges([slide('a', { tags: ['q'] }), slide('b')], 'x', true)).toEqual([
    { slideIds: ['a'], patch: { tags: ['q', 'x'] } },
    { slideIds: ['b'], patch: { tags: ['x'] } },
  ])
})

test('more slides than the server takes at once go in several calls', () => {
  const many = Array.from({ length: BATCH + 1 }, (_, at) => slide(`s${at}`))
  expect(changesBy(many, () => ({ rating: 3 })).map((change) => change.slideIds.length)).toEqual([BATCH, 1])
})

test('undoing gives each slide back its own former value', () => {
  const three = [slide('a', { stain: 'HE', stain_kind: 'he' }), slide('b'), slide('c', { fields: { site: 'liver' } })]
  expect(inverseChanges(three, { stain: 'HER2', fields: { site: 'lung', grade: 2 } })).toEqual([
    { slideIds: ['a'], patch: { stain: 'HE', fields: { site: null, grade: null }, stain_kind: 'he' } },
    { slideIds: ['b'], patch: { stain: null, fields: { site: null, grade: null }, stain_kind: null } },
    { slideIds: ['c'], patch: { stain: null, fields: { site: 'liver', grade: null }, stain_kind: null } },
  ])
})

test('a patch shows at once; fields merge and null takes one away', () => {
  const before = slide('a', { stain: 'HE', rating: 2, fields: { site: 'liver', grade: 1 } })
  const after = patched(before, { rating: null, fields: { grade: null, side: 'left' } })
  expect(after).toMatchObject({ stain: 'HE', rating: null, fields: { site: 'liver', side: 'left' } })
  expect('grade' in after.fields).toBe(false)
  expect(patched(after, { fields: { side: null, grade: null, site: null } }).fields).toEqual({})
})
