import { describe, expect, it } from 'vitest'
import { chordOf, readChords, refusalOf, withChosen } from './keyChoice'
import { bindingOf } from './keys'
import { KEYS } from './keyTable'

const press = (code: string, chords: Record<string, string> = {}, shiftKey = false) =>
  bindingOf({ code, key: '', shiftKey, ctrlKey: false, altKey: false, metaKey: false }, withChosen(KEYS, chords))?.action ?? null

describe('chosen keys', () => {
  it('take the place of those that came', () => {
    const chords = { ruler: 'KeyJ', fit: 'Shift+KeyJ' }
    expect(press('KeyJ', chords)).toBe('ruler')
    expect(press('KeyJ', chords, true)).toBe('fit')
    expect(press('KeyQ', chords)).toBeNull()
    expect(press('Digit0', chords)).toBeNull()
    expect(press('KeyA', chords)).toBe('area')
  })

  it('keep the second key of an action until somebody needs it', () => {
    expect(press('NumpadAdd', { zoomIn: 'KeyJ' })).toBe('zoomIn')
    expect(press('NumpadAdd', { ruler: 'NumpadAdd' })).toBe('ruler')
  })

  it('are refused where they clash, with the reason', () => {
    expect(refusalOf(KEYS, {}, 'ruler', 'KeyA')).toEqual({ why: 'taken', by: 'area' })
    expect(refusalOf(KEYS, { area: 'KeyJ' }, 'ruler', 'KeyA')).toBeNull()
    expect(refusalOf(KEYS, { area: 'KeyJ' }, 'ruler', 'KeyJ')).toEqual({ why: 'taken', by: 'area' })
    expect(refusalOf(KEYS, {}, 'ruler', 'KeyQ')).toBeNull()
    expect(refusalOf(KEYS, {}, 'ruler', 'Shift+Digit3')).toEqual({ why: 'classes' })
    expect(refusalOf(KEYS, {}, 'ruler', 'Tab')).toEqual({ why: 'browser' })
    expect(refusalOf(KEYS, {}, 'ruler', 'F5')).toEqual({ why: 'browser' })
    expect(refusalOf(KEYS, {}, 'cancel', 'KeyJ')).toEqual({ why: 'fixed' })
  })

  it('are read without what makes no sense', () => {
    const stored = { ruler: 'KeyJ', area: 'KeyJ', fit: 'KeyA', cancel: 'KeyK', link: 7, nothing: 'KeyL', help: 'KeyN', next: 'Shift+Digit1' }
    // The area keeps its key because KeyJ was taken; so nobody else may have KeyA either.
    expect(readChords(KEYS, stored)).toEqual({ ruler: 'KeyJ', fit: 'KeyA' })
    expect(readChords(KEYS, 'KeyJ')).toEqual({})
    expect(readChords(KEYS, { ruler: 'KeyA', area: 'KeyQ' })).toEqual({ ruler: 'KeyA', area: 'KeyQ' })
  })
})

describe('the table', () => {
  it("has QuPath's letters for drawing and its classes on Shift with a digit", () => {
    expect(['KeyR', 'KeyO', 'KeyL', 'KeyP', 'KeyV', 'KeyB', 'KeyW', 'Period', 'KeyM'].map((code) => press(code))).toEqual([
      'drawRectangle', 'drawEllipse', 'drawLine', 'drawPolygon', 'drawPolyline', 'drawBrush', 'drawWand', 'drawPoints', 'move',
    ])
    expect([1, 5, 9].map((no) => press(`Digit${no}`, {}, true))).toEqual(['class1', 'class5', 'class9'])
  })

  it('keeps what is pressed with Ctrl the same for everybody', () => {
    expect(KEYS.filter((binding) => binding.ctrl === true && binding.fixed !== true)).toEqual([])
    expect(chordOf({ code: 'KeyZ', ctrl: true, shift: true })).toBe('Ctrl+Shift+KeyZ')
  })

  it('has the objectives, the fields and the held keys in their places', () => {
    expect(['Digit1', 'Digit2', 'Digit3', 'Digit4', 'Digit5', 'Digit6', 'Digit0'].map((code) => press(code))).toEqual([
      'objective1', 'objective2', 'objective4', 'objective10', 'objective20', 'objective40', 'fit',
    ])
    expect(press('ArrowLeft')).toBe('panLeft')
    expect(press('ArrowLeft', {}, true)).toBe('fieldLeft')
    expect(KEYS.filter((binding) => binding.holds === true).map((binding) => binding.action)).toEqual(['drag', 'peek', 'magnifier', 'flicker'])
  })
})
