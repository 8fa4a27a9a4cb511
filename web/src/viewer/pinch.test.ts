import { describe, expect, it } from 'vitest'
import { type Camera, screenToSlide } from '../model/frame'
import { type Fingers, pinched, turning } from './pinch'

const viewport = { width: 800, height: 600 }
const DEGREE = Math.PI / 180
const none = { by: 0, side: 0 } as const

function fingers(x: number, y: number, gap: number, degrees: number): Fingers {
  const dx = (Math.cos(degrees * DEGREE) * gap) / 2
  const dy = (Math.sin(degrees * DEGREE) * gap) / 2
  return [{ x: x - dx, y: y - dy }, { x: x + dx, y: y + dy }]
}

describe('a pinch', () => {
  it.each([false, true])('keeps what is between the fingers between them (mirrored: %s)', (mirrored) => {
    const camera: Camera = { x: 5000, y: 4000, resolution: 2, rotation: 0.4, mirrored }
    const start = fingers(300, 200, 100, 20)
    const now = fingers(420, 310, 250, 50)
    const next = pinched({ camera, fingers: start }, now, 0.2, viewport)
    expect(next.resolution).toBeCloseTo(0.8)
    expect(next.rotation).toBeCloseTo(0.6)
    const before = screenToSlide({ x: 300, y: 200 }, camera, viewport)
    const after = screenToSlide({ x: 420, y: 310 }, next, viewport)
    expect(after.x).toBeCloseTo(before.x, 6)
    expect(after.y).toBeCloseTo(before.y, 6)
  })

  it('keeps each finger on its spot of tissue when it turns freely', () => {
    const camera: Camera = { x: 100, y: 200, resolution: 1.5, rotation: 0, mirrored: false }
    const start = fingers(400, 300, 120, 0)
    const now = fingers(380, 330, 200, 35)
    const next = pinched({ camera, fingers: start }, now, 35 * DEGREE, viewport)
    for (const i of [0, 1] as const) {
      const before = screenToSlide(start[i], camera, viewport)
      const after = screenToSlide(now[i], next, viewport)
      expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(1e-6)
    }
  })

  it('zooms no farther than the view lets it', () => {
    const camera: Camera = { x: 0, y: 0, resolution: 1, rotation: 0, mirrored: false }
    const next = pinched({ camera, fingers: fingers(400, 300, 10, 0) }, fingers(400, 300, 1000, 0), 0, viewport, (r) => Math.max(r, 0.5))
    expect(next.resolution).toBe(0.5)
    expect(next.x).toBeCloseTo(0)
  })
})

describe('turning with two fingers', () => {
  const start = fingers(0, 0, 100, 10)

  it('begins at 15 degrees, without a jump', () => {
    expect(turning(start, fingers(0, 0, 100, 24), none, false)).toEqual(none)
    const turned = turning(start, fingers(0, 0, 100, 25.5), none, false)
    expect(turned.side).toBe(1)
    expect(turned.by / DEGREE).toBeCloseTo(0.5)
    expect(turning(start, fingers(0, 0, 100, -15), none, false).by / DEGREE).toBeCloseTo(-10)
  })

  it('goes back through the start once it has begun', () => {
    const begun = turning(start, fingers(0, 0, 100, 40), none, false)
    expect(turning(start, fingers(0, 0, 100, 12), begun, false).by / DEGREE).toBeCloseTo(-13)
  })

  it('takes the short way round', () => {
    expect(turning(fingers(0, 0, 100, 170), fingers(0, 0, 100, -160), none, false).by / DEGREE).toBeCloseTo(15)
  })

  it('does nothing while it is locked', () => {
    expect(turning(start, fingers(0, 0, 100, 80), none, true)).toEqual(none)
  })
})
