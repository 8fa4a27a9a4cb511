import { describe, expect, it } from 'vitest'
import {
  type Camera,
  fitResolution,
  flippedHorizontally,
  flippedVertically,
  mapToSlide,
  normalAngle,
  quarterTurns,
  screenToSlide,
  slideToMap,
  slideToScreen,
} from './frame'

const slide = { width: 2220, height: 2967 }
const viewport = { width: 800, height: 600 }
const cameras: Camera[] = [0, Math.PI / 2, -2.1, Math.PI].flatMap((rotation) =>
  [false, true].map((mirrored) => ({ x: 1000, y: 1500, resolution: 1.7, rotation, mirrored })),
)

describe('frames', () => {
  it.each(cameras)('go there and back: %o', (camera) => {
    const point = { x: 123.5, y: 2001.25 }
    const back = screenToSlide(slideToScreen(point, camera, viewport), camera, viewport)
    expect(back.x).toBeCloseTo(point.x, 9)
    expect(back.y).toBeCloseTo(point.y, 9)
    const through = mapToSlide(slideToMap(point, slide, camera.mirrored), slide, camera.mirrored)
    expect(through).toEqual(point)
  })

  it('mirror left and right on the screen, whatever the rotation', () => {
    for (const camera of cameras) {
      const point = { x: 900, y: 1444 }
      const before = slideToScreen(point, camera, viewport)
      const after = slideToScreen(point, flippedHorizontally(camera), viewport)
      expect(after.x).toBeCloseTo(viewport.width - before.x, 6)
      expect(after.y).toBeCloseTo(before.y, 6)
      const over = slideToScreen(point, flippedVertically(camera), viewport)
      expect(over.x).toBeCloseTo(before.x, 6)
      expect(over.y).toBeCloseTo(viewport.height - before.y, 6)
    }
  })

  it('turn clockwise as seen', () => {
    const camera = { x: 0, y: 0, resolution: 1, rotation: Math.PI / 2, mirrored: false }
    const at = slideToScreen({ x: 100, y: 0 }, camera, viewport)
    expect(at.x).toBeCloseTo(400)
    expect(at.y).toBeCloseTo(400)
  })

  it('know quarter turns in any form', () => {
    expect(quarterTurns(normalAngle(7 * Math.PI / 2))).toBe(3)
    expect(quarterTurns(0.3)).toBeNull()
    expect(normalAngle(-Math.PI)).toBeCloseTo(Math.PI)
  })

  it('fit the whole slide, turned or not', () => {
    expect(fitResolution(slide, viewport, 0, 1)).toBeCloseTo(2967 / 600)
    expect(fitResolution(slide, viewport, Math.PI / 2, 1)).toBeCloseTo(2967 / 800)
  })
})
