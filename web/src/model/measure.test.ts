import { describe, expect, it } from 'vitest'
import { areaUm2, lengthUm, perimeterUm, scaleBar } from './measure'

const size = { x: 0.5, y: 0.25 }
const box = [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 100, y: 200 }, { x: 0, y: 200 }]

describe('measurements', () => {
  it('use the pixel sizes of x and y apart', () => {
    expect(lengthUm([{ x: 0, y: 0 }, { x: 60, y: 160 }], size)).toBeCloseTo(50)
    expect(areaUm2(box, size)).toBeCloseTo(50 * 50)
    expect(perimeterUm(box, size)).toBeCloseTo(200)
  })
})

describe('scaleBar', () => {
  it('is round and fits', () => {
    expect(scaleBar({ x: 0.5, y: 0.5 }, 1, 0, 140)).toEqual({ width: 100, um: 50 })
    const wide = scaleBar({ x: 0.5, y: 0.5 }, 64, 0, 140)
    expect(wide.um).toBe(2000)
    expect(wide.width).toBeCloseTo(62.5)
  })

  it('follows the direction it lies in', () => {
    expect(scaleBar(size, 1, 0, 140).um).toBe(50)
    expect(scaleBar(size, 1, Math.PI / 2, 140).um).toBe(20)
  })
})
