import { describe, expect, it } from 'vitest'
import { magnification, magnificationText, resolutionForObjective } from './magnification'

const scan = { mpp_x: 0.499, mpp_y: 0.499, objective: 20, objective_derived: false }
const text = (slide: typeof scan, resolution: number) => magnificationText(magnification(slide, resolution), 'en')

describe('objectives', () => {
  it('snap to exact 1:1 within 10 % of the scan', () => {
    expect(resolutionForObjective(scan, 20)).toBe(1)
    expect(resolutionForObjective(scan, 10)).toBeCloseTo(2.004, 3)
    expect(resolutionForObjective({ mpp_x: 0.2282, mpp_y: 0.2282 }, 40)).toBe(1)
    expect(resolutionForObjective({ mpp_x: null, mpp_y: null }, 20)).toBeNull()
  })

  it('are named as people name them', () => {
    expect(text(scan, 1)).toBe('20x')
    expect(text(scan, resolutionForObjective(scan, 10) as number)).toBe('10x')
    expect(text(scan, resolutionForObjective(scan, 4) as number)).toBe('4x')
    expect(text(scan, 16)).toBe('1.3x')
    expect(text({ ...scan, mpp_x: 0.2282, mpp_y: 0.2282, objective: 40 }, 1)).toBe('40x')
    expect(text({ ...scan, mpp_x: 0.25, mpp_y: 0.25, objective: 40, objective_derived: true }, 1)).toBe('≈40x')
  })

  it('give way to percent without a scale', () => {
    const none = { mpp_x: null, mpp_y: null, objective: null, objective_derived: false }
    expect(magnificationText(magnification(none, 4), 'en')).toBe('25%')
    expect(magnificationText(magnification(none, 64), 'en')).toBe('1.6%')
  })

  it('say when the screen shows more than was scanned', () => {
    expect(magnification(scan, 1).beyondScan).toBe(false)
    expect(magnification(scan, 0.5).beyondScan).toBe(true)
  })
})
