import { describe, expect, it } from 'vitest'
import { firstStyle, labelColour, overlayStyle, readOverlay } from './overlays'

const layer = { info: { kind: 'labels', width: 100, height: 50, downsample: 16, x: 32, y: 0, low: 0, high: 3, labels: [0, 1, 3] } }
const decoded = (text: string): unknown => JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')))

describe('an overlay', () => {
  it('lies where its layer says', () => {
    const info = readOverlay(layer)
    expect(info).toEqual({ kind: 'labels', region: { left: 32, top: 0, right: 1632, bottom: 800 }, low: 0, high: 3, labels: [1, 3] })
    expect(readOverlay({ info: {} })).toBeNull()
  })

  it('says its style in the address', () => {
    const labels = readOverlay(layer)
    const heat = readOverlay({ info: { ...layer.info, kind: 'heatmap', labels: null } })
    if (labels === null || heat === null) throw new Error('no overlay')
    expect(decoded(overlayStyle(labels, { ...firstStyle(labels), hidden: [3], colours: { 1: '#ff0000' } }))).toEqual({
      colours: { 1: '#ff0000' },
      shown: [1],
    })
    expect(decoded(overlayStyle(heat, { ...firstStyle(heat), above: 0.5 }))).toEqual({ map: 'viridis', range: [0, 3], above: 0.5 })
    expect(overlayStyle(heat, firstStyle(heat))).not.toMatch(/[+/=]/)
  })

  it('has the colours that the server gives labels by itself', () => {
    // round(255 * c) for c in colorsys.hls_to_rgb((label * 0.618034) % 1, 0.5, 0.75)
    expect([1, 2, 3].map(labelColour)).toEqual(['#2058df', '#8fdf20', '#df20c7'])
  })
})
