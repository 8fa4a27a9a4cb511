import { describe, expect, it } from 'vitest'

import type { Stop } from '../api/boards'
import { fragmentOf, kept, moved, paneOf, planOf, Presentation, withStop } from './boards'
import { NEUTRAL } from './style'
import { viewFromFragment } from './viewlink'

const stop = (stop_id: string, more: Partial<Stop> = {}): Stop => ({
  stop_id,
  hidden: false,
  case_id: null,
  case_name: null,
  slide_names: ['a'],
  panes: [paneOf(`slide-${stop_id}`, { x: 100.25, y: 200.5, resolution: 2, rotation: 0.5, mirrored: true, style: { ...NEUTRAL, gamma: 1.5 } })],
  layers: ['layer'],
  note: 'note',
  hide_identity: true,
  ...more,
})

describe('stops', () => {
  it('open exactly as they were kept, with or without a scale', () => {
    const [pane] = stop('a').panes
    if (pane === undefined) throw new Error('no pane')
    for (const size of [null, { x: 0.25, y: 0.25 }]) {
      const view = viewFromFragment(fragmentOf(pane), size)
      expect(view).toMatchObject({ x: 100.25, y: 200.5, resolution: 2, mirrored: true })
      expect(view.rotation).toBeCloseTo(0.5, 12)
      expect(view.style?.gamma).toBe(1.5)
    }
    expect(pane.look).toEqual({ gamma: 1.5 })
    expect(paneOf('s', { x: 0, y: 0, resolution: 1, rotation: 0, mirrored: false, style: null }).look).toBeNull()
    expect(planOf([pane])).toMatchObject({ panes: [{ slideId: 'slide-a' }], locked: false })
  })

  it('are named alone unless they change', () => {
    const stops = [stop('a'), stop('b')]
    expect(kept(stops)).toEqual([{ stop_id: 'a' }, { stop_id: 'b' }])
    const changed = withStop(stops, 'b', { note: 'other' })
    expect(changed[0]).toEqual({ stop_id: 'a' })
    expect(changed[1]).toMatchObject({ stop_id: 'b', note: 'other', layers: ['layer'], hide_identity: true })
    expect(changed[1]).not.toHaveProperty('slide_names')
  })

  it('move by one, and not over the ends', () => {
    expect(moved(['a', 'b', 'c'], 'b', 1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b', 'c'], 'a', -1)).toEqual(['a', 'b', 'c'])
  })
})

describe('presenting', () => {
  it('walks by the keys of keyboards and hand-held pointers, over what is for everybody', () => {
    const walk = new Presentation({ stops: [stop('a'), stop('x', { hidden: true, panes: [] }), stop('b'), stop('c')] })
    expect(walk.stops.map(({ stop_id }) => stop_id)).toEqual(['a', 'b', 'c'])
    expect(walk.key('ArrowRight')).toBe(true)
    expect(walk.stop?.stop_id).toBe('b')
    expect(walk.coming.map(({ slide_id }) => slide_id)).toEqual(['slide-c', 'slide-a'])
    walk.key('b')
    expect(walk.state.get().black).toBe(true)
    walk.key('PageDown')
    expect(walk.state.get()).toEqual({ index: 2, black: false })
    walk.key('ArrowRight')
    expect(walk.state.get().index).toBe(2)
    walk.key('ArrowLeft')
    walk.key('Home')
    expect(walk.stop?.stop_id).toBe('a')
    expect(walk.key('x')).toBe(false)
  })

  it('begins where the address says', () => {
    expect(new Presentation({ stops: [stop('a'), stop('b')] }, 9).stop?.stop_id).toBe('b')
    expect(new Presentation({ stops: [] }).stop).toBeNull()
  })
})
