import { describe, expect, it } from 'vitest'
import { type Field, fieldAt, fieldExtent, fieldOutline, fieldSideUm, totalArea } from './fields'
import { areaUm2 } from './measure'
import { nextStep, stepResolutions } from './magnification'

const field = (change: Partial<Field> = {}): Field => ({ no: 1, x: 1000, y: 2000, shape: 'circle', area_mm2: 0.237, counted: false, ...change })

describe('a field', () => {
  it.each([0.196, 0.237, 0.785, 1, 2])('of %f mm² has that area, as circle and as square', (area_mm2) => {
    for (const shape of ['circle', 'square'] as const)
      for (const size of [{ x: 0.25, y: 0.25 }, { x: 0.5, y: 0.46 }]) {
        const drawn = areaUm2(fieldOutline(field({ shape, area_mm2 }), size), size) / 1e6
        expect(drawn / area_mm2).toBeGreaterThan(0.999)
        expect(drawn / area_mm2).toBeLessThan(1.0001)
      }
  })

  it('of 0.785 mm² is a circle of 1 mm across', () => {
    expect(fieldSideUm(field({ area_mm2: Math.PI / 4 }))).toBeCloseTo(1000)
    expect(fieldExtent({ shape: 'square', area_mm2: 1 }, { x: 0.5, y: 0.25 })).toEqual({ width: 2000, height: 4000 })
  })

  it('is found under the pointer, the uppermost first', () => {
    const size = { x: 1, y: 1 }
    const fields = [field(), field({ no: 2, x: 1100 }), field({ no: 3, x: 5000, shape: 'square' })]
    expect(fieldAt(fields, { x: 1050, y: 2000 }, size)?.no).toBe(2)
    expect(fieldAt(fields, { x: 760, y: 2000 }, size)?.no).toBe(1)
    expect(fieldAt(fields, { x: 3000, y: 2000 }, size)).toBeNull()
    expect(fieldAt(fields, { x: 4770, y: 1770 }, size)?.no).toBe(3)
    expect(totalArea(fields)).toBeCloseTo(0.711)
  })
})

describe('steps of magnification', () => {
  const steps = stepResolutions({ mpp_x: 0.25, mpp_y: 0.25 })

  it('go to the next objective and on', () => {
    expect(steps).toEqual([40, 20, 10, 4, 2, 1])
    expect(nextStep(steps, 50, 1)).toBe(40)
    expect(nextStep(steps, 4, 1)).toBe(2)
    expect(nextStep(steps, 1, 1)).toBe(0.5)
    expect(nextStep(steps, 1, -1)).toBe(2)
    expect(nextStep(steps, 3, -1)).toBe(4)
    expect(nextStep(steps, 40, -1)).toBe(80)
  })
})
