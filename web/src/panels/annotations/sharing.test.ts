import { expect, it } from 'vitest'

import { Desk } from '../../model/desk'
import type { LookChoice } from '../../viewer/look'
import { panesOf, planFor, shownDesk } from './sharing'

const choice: LookChoice = { plane: 2, time: 0, style: null, managed: true }
const view = { x: 5, y: 6, resolution: 2, rotation: 0, mirrored: false, ...choice }
const open = (slide_id: string) => ({
  open: {
    slide: { slide_id },
    viewer: { view: () => view, state: { get: () => ({ viewport: { width: 800, height: 600 }, choice }) } },
  } as never,
})
const desk = (active: number, ...ids: (string | null)[]) =>
  new Desk({ panes: ids.map((slideId) => ({ slideId, start: '' })), active, locked: true }).get()

it('tells all panes in their order, the active one leading; what is on its way has no view yet', () => {
  const laid = desk(1, 'a', 'b', 'c', null)
  const opens = new Map([[laid.panes[0]?.id ?? 0, open('a')], [laid.panes[1]?.id ?? 0, open('b')]])
  const shown = shownDesk(laid, opens, 'b', true)
  expect(shown.slide_id).toBe('b')
  expect(shown.panes?.map(({ slide_id }) => slide_id)).toEqual(['a', 'b', 'c'])
  expect(shown.panes?.[0]).toEqual({
    slide_id: 'a',
    camera: { x: 5, y: 6, resolution: 2, rotation: 0, mirrored: false, width: 800, height: 600 },
    look: null,
    choice,
  })
  expect(shown.panes?.[2]?.camera).toBeNull()
  expect(shown).toMatchObject({ camera: { x: 5 }, look: choice, identity_hidden: true })
})

it('tells no view of the slide before while the next one opens', () => {
  const laid = desk(0, 'next')
  const shown = shownDesk(laid, new Map([[laid.panes[0]?.id ?? 0, open('before')]]), 'before', false)
  expect(shown).toEqual({ slide_id: 'next', panes: [{ slide_id: 'next', camera: null, look: null }], camera: null, look: null, identity_hidden: false })
})

it('leads by the slide in hand where the active pane is empty', () => {
  const laid = desk(1, 'a', null)
  expect(shownDesk(laid, new Map(), 'a', false).slide_id).toBe('a')
})

it('lays the desk of a follower: the same slides where they are seen, each for itself', () => {
  const camera = { x: 5, y: 6, resolution: 2, rotation: 0, mirrored: false }
  const pane = { slide_id: 'a', camera, look: null }
  const two = { slide_id: 'b', panes: [pane, { slide_id: 'b', camera: null, look: null }], camera: null, look: null, identity_hidden: false }
  const panes = panesOf(two)
  expect(planFor(panes, 'b')).toEqual({
    panes: [{ slideId: 'a', start: 'x=5&y=6&zoom=0.5' }, { slideId: 'b', start: '' }],
    active: 1,
    locked: false,
  })
})

it('is of one slide where no other pane is told', () => {
  const one = { slide_id: 'a', panes: [], camera: null, look: choice, identity_hidden: false }
  expect(panesOf(one)).toEqual([{ slide_id: 'a', camera: null, look: null, choice }])
  expect(panesOf({ ...one, slide_id: 'c', panes: [{ slide_id: 'a', camera: null, look: null }, { slide_id: 'b', camera: null, look: null }] })).toHaveLength(1)
})
