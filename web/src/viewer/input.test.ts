import { describe, expect, it } from 'vitest'
import { throwSpeed } from './gestures'
import { bindingOf } from './keys'
import { KEYS } from './keyTable'
import { gestureOf } from './wheel'

const plain = { deltaX: 0, deltaMode: 0, ctrlKey: false, metaKey: false }

describe('wheel or trackpad', () => {
  it('knows a wheel by its notches', () => {
    expect(gestureOf({ ...plain, deltaY: 120, wheelDeltaY: -120 })).toBe('wheel')
    expect(gestureOf({ ...plain, deltaY: 100, wheelDeltaY: -120 })).toBe('wheel')
    expect(gestureOf({ ...plain, deltaY: 3, deltaMode: 1 })).toBe('wheel')
    expect(gestureOf({ ...plain, deltaY: 4.000244, wheelDeltaY: -240 })).toBe('wheel')
  })

  it('knows a trackpad by small or slanted movements', () => {
    expect(gestureOf({ ...plain, deltaY: 4, wheelDeltaY: -12 })).toBe('trackpad')
    expect(gestureOf({ ...plain, deltaX: -3, deltaY: 20, wheelDeltaY: -60 })).toBe('trackpad')
    expect(gestureOf({ ...plain, deltaY: 2.5 })).toBe('trackpad')
  })

  it('knows a pinch', () => {
    expect(gestureOf({ ...plain, ctrlKey: true, deltaY: -2.3 })).toBe('pinch')
    expect(gestureOf({ ...plain, ctrlKey: true, deltaY: 120, wheelDeltaY: -120 })).toBe('wheel')
  })
})

describe('keys', () => {
  const press = (code: string, more = {}) =>
    bindingOf({ code, key: '', shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more })?.action ?? null

  it('go by position and leave the browser its own', () => {
    expect(press('Digit5')).toBe('objective20')
    expect(press('Comma', { shiftKey: true })).toBe('turnLeft')
    expect(press('KeyF', { ctrlKey: true })).toBeNull()
    expect(press('KeyV', { altKey: true })).toBeNull()
    expect(press('Slash', { ctrlKey: true, shiftKey: true, key: '?' })).toBeNull()
    expect(press('Minus', { shiftKey: true, key: '?' })).toBe('help')
  })

  it('with Ctrl or Cmd are apart from those without', () => {
    expect(press('KeyV')).toBe('drawPolyline')
    expect(press('KeyV', { shiftKey: true })).toBe('flipVertical')
    expect(press('KeyV', { ctrlKey: true })).toBe('paste')
    expect(press('KeyZ', { metaKey: true })).toBe('undo')
    expect(press('KeyZ', { metaKey: true, shiftKey: true })).toBe('redo')
    expect(press('KeyA', { ctrlKey: true })).toBe('selectAll')
    expect(press('KeyA', { shiftKey: true })).toBe('annotations')
  })

  it('mean one thing each', () => {
    const places = KEYS.map((binding) => `${binding.code}${binding.shift === true ? '+shift' : ''}${binding.ctrl === true ? '+ctrl' : ''}`)
    expect(new Set(places).size).toBe(places.length)
  })
})

describe('a throw', () => {
  const trail = Array.from({ length: 8 }, (_, i) => ({ x: i * 12, y: 0, at: i * 10 }))

  it('has the speed of the last stretch', () => {
    expect(throwSpeed(trail, 75)).toEqual({ x: 1.2, y: 0 })
  })

  it('is none after standing still', () => {
    expect(throwSpeed(trail, 300)).toEqual({ x: 0, y: 0 })
  })
})
