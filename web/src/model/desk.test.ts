import { describe, expect, it } from 'vitest'

import { Desk, deskFromFragment, deskToFragment, gridOf, MOST_PANES } from './desk'

const alone = () => new Desk(deskFromFragment('x=1&y=2', 'a'))
const slides = (desk: Desk) => desk.get().panes.map((pane) => pane.slideId)

describe('Desk', () => {
  it('begins with one pane and never has none', () => {
    const desk = alone()
    expect(slides(desk)).toEqual(['a'])
    desk.close(desk.active.id)
    expect(slides(desk)).toEqual(['a'])
  })

  it('fills new panes with slides that nobody shows yet', () => {
    const desk = alone()
    desk.resize(4, ['b', 'a', 'c'])
    expect(slides(desk)).toEqual(['a', 'b', 'c', null])
    desk.resize(99, [])
    expect(slides(desk)).toHaveLength(MOST_PANES)
  })

  it('keeps the active pane when there are to be fewer', () => {
    const desk = alone()
    desk.resize(4, ['b', 'c', 'd'])
    desk.step(-1)
    expect(desk.active.slideId).toBe('d')
    desk.resize(2, [])
    expect(slides(desk)).toEqual(['a', 'd'])
    desk.resize(0, [])
    expect(slides(desk)).toEqual(['d'])
  })

  it('makes a neighbour active when the active pane closes', () => {
    const desk = alone()
    desk.resize(3, ['b', 'c'])
    desk.step(1)
    desk.close(desk.active.id)
    expect(desk.active.slideId).toBe('c')
    desk.close(desk.active.id)
    expect(desk.active.slideId).toBe('a')
  })

  it('lies as the desk of somebody who is followed, and keeps open what both show', () => {
    const desk = alone()
    const [first] = desk.get().panes
    const theirs = (...ids: string[]) => ids.map((slideId) => ({ slideId, start: '' }))
    desk.mirror({ panes: theirs('b', 'a'), active: 1, locked: false })
    expect(slides(desk)).toEqual(['b', 'a'])
    expect(desk.active).toBe(first)
    expect(desk.get().locked).toBe(false)
    const before = desk.get()
    desk.mirror({ panes: theirs('b', 'a'), active: 1, locked: false })
    expect(desk.get()).toBe(before)
    desk.mirror({ panes: theirs('a', 'a'), active: 0, locked: false })
    expect(slides(desk)).toEqual(['a', 'a'])
    expect(new Set(desk.get().panes.map(({ id }) => id)).size).toBe(2)
    desk.mirror({ panes: theirs('b'), active: 0, locked: false })
    expect(slides(desk)).toEqual(['b'])
    expect(desk.get().locked).toBe(true)
    desk.mirror({ panes: [], active: 0, locked: false })
    expect(slides(desk)).toEqual(['b'])
  })

  it('shows a slide where it is told to', () => {
    const desk = alone()
    desk.resize(2, ['b'])
    desk.show('c')
    expect(slides(desk)).toEqual(['c', 'b'])
    desk.show('d', desk.get().panes[1]?.id)
    expect(slides(desk)).toEqual(['c', 'd'])
  })
})

describe('the link', () => {
  it('says nothing of one pane', () => {
    expect(deskToFragment(alone().get(), 1, () => 'x=1')).toBe('')
    expect(deskFromFragment('#x=1&y=2', 'a')).toEqual({ panes: [{ slideId: 'a', start: 'x=1&y=2' }], active: 0, locked: true })
  })

  it('carries every pane with its view, the active one and the lock', () => {
    const desk = alone()
    desk.resize(4, ['b', 'c'])
    desk.step(1)
    desk.set({ locked: false })
    const text = deskToFragment(desk.get(), desk.active.id, (pane) => `x=5&y=7&rotation=-90&style=e_-${pane.slideId ?? ''}`)
    expect(text).toBe('panes=a;x:5;y:7;rotation:-90;style:e_-a,*,c;x:5;y:7;rotation:-90;style:e_-c,-&lock=0')
    const plan = deskFromFragment(`#x=3&y=4&${text}`, 'b')
    expect(plan.active).toBe(1)
    expect(plan.locked).toBe(false)
    expect(plan.panes.map((pane) => pane.slideId)).toEqual(['a', 'b', 'c', null])
    expect(plan.panes[0]?.start).toBe('x=5&y=7&rotation=-90&style=e_-a')
    expect(desk.matches(plan)).toBe(true)
    expect(new Desk(plan).matches(plan)).toBe(true)
    expect(desk.matches({ ...plan, active: 0 })).toBe(false)
  })

  it('leaves out what makes no sense', () => {
    for (const text of ['panes=', 'panes=b,c', 'panes=;;;', 'lock=0'])
      expect(deskFromFragment(text, 'a').panes.map((pane) => pane.slideId)).toEqual(['a'])
    const plan = deskFromFragment('panes=*,../b,<c>,,d', 'a')
    expect(plan.panes.map((pane) => pane.slideId)).toEqual(['a', null, null, null, 'd'])
    expect(deskFromFragment(`panes=*${',b'.repeat(40)}`, 'a').panes).toHaveLength(MOST_PANES)
  })
})

describe('gridOf', () => {
  it.each([
    [1, 1440, 850, 1, 1],
    [2, 1440, 850, 2, 1],
    [2, 820, 1100, 1, 2],
    [3, 1440, 850, 3, 1],
    [4, 1440, 850, 2, 2],
    [4, 1440, 690, 2, 2],
    [4, 820, 1100, 2, 2],
    [6, 1440, 850, 3, 2],
    [6, 820, 1100, 2, 3],
    [9, 1440, 850, 3, 3],
  ])('%i panes in %i x %i: %i by %i', (count, width, height, columns, rows) => {
    expect(gridOf(count, { width, height })).toEqual({ columns, rows })
  })
})
