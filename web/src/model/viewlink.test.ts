import { describe, expect, it } from 'vitest'
import { canonicalStyle, decodeStyle, encodeStyle, NEUTRAL, type Style } from './style'
import { type View, viewFromFragment, viewToFragment } from './viewlink'

const style: Style = {
  ...NEUTRAL,
  channels: [
    { index: 0, colour: '#00FF00', low: 12, high: 4095.5, gamma: 1, lut: null, visible: true },
    { index: 2, colour: null, low: null, high: null, gamma: 0.8, lut: 'viridis', visible: false },
  ],
}

describe('style in an address', () => {
  it('is canonical: keys sorted, defaults left out', () => {
    expect(canonicalStyle(style)).toBe(
      '{"channels":[{"colour":"#00ff00","high":4095.5,"index":0,"low":12},{"gamma":0.8,"index":2,"lut":"viridis","visible":false}]}',
    )
    expect(encodeStyle(NEUTRAL)).toBeNull()
  })

  it('comes back', () => {
    const text = encodeStyle(style)
    expect(text).toMatch(/^[\w-]+$/)
    expect(encodeStyle(decodeStyle(text))).toBe(text)
  })

  it('is ignored when it is none', () => {
    expect(decodeStyle('%%%')).toBeNull()
    expect(decodeStyle(btoa('3'))).toBeNull()
  })
})

describe('the link to a view', () => {
  const view: View = {
    x: 1110.125, y: 1483.5, resolution: 1, rotation: Math.PI / 2, mirrored: true,
    plane: 3, time: 1, style, managed: false,
  }

  it.each([null, { x: 0.499, y: 0.499 }, { x: 0.2282, y: 0.23 }])('gives the same view, pixel size %o', (size) => {
    const back = viewFromFragment(`#${viewToFragment(view, size)}`, size)
    expect(back.resolution).toBe(1)
    expect(back.rotation).toBeCloseTo(Math.PI / 2, 12)
    expect(encodeStyle(back.style ?? null)).toBe(encodeStyle(style))
    expect(back).toMatchObject({ x: 1110.125, y: 1483.5, mirrored: true, plane: 3, time: 1, managed: false })
  })

  it('names a projection in place of a plane', () => {
    const fragment = viewToFragment({ ...view, plane: 'max' }, null, 2)
    expect(new URLSearchParams(fragment).get('z')).toBe('max')
    expect(viewFromFragment(fragment, null).plane).toBe('max')
    expect(viewFromFragment('#z=min', null).plane).toBeUndefined()
  })

  it('leaves out what is senseless', () => {
    expect(viewFromFragment('#x=1&mpp=-3&z=abc&rotation=', null)).toEqual({})
  })
})
