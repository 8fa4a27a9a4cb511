import { expect, it } from 'vitest'
import { areaSize, downsampleFor, insideSlide, pictureName, shotScale, shownRegion } from './pictures'
import type { Slide } from './slide'

const SLIDE = { name: 'S24-1234/A1: <HER2>', mpp_x: 0.25, mpp_y: 0.25, objective: 40, objective_derived: false } as Slide
const RGB = { samples: 3, bytesPerSample: 1 }
const NOW = new Date(2026, 10, 26, 9, 5)

it('300 dpi are 3.125 pixels for each of the screen', () => {
  expect(shotScale('300dpi')).toEqual({ ratio: 3.125, dpi: 300 })
  expect(shotScale('2x').ratio).toBe(2)
})

it('names say the zoom, and without identity nothing but it and the time', () => {
  expect(pictureName(SLIDE, 2, 'png', false, NOW)).toBe('S24-1234_A1_ _HER2_-20x.png')
  expect(pictureName(SLIDE, 2, 'png', true, NOW)).toBe('slide-20x-2026-11-26-0905.png')
})

it('an area is cut to the slide', () => {
  const slide = { width: 1000, height: 800 }
  expect(insideSlide(slide, { left: -5.5, top: 10.2, right: 90.1, bottom: 5000 })).toEqual({ left: 0, top: 10, right: 91, bottom: 800 })
  expect(insideSlide(slide, { left: 2000, top: 0, right: 3000, bottom: 10 })).toBeNull()
  const camera = { x: 500, y: 400, resolution: 1, rotation: Math.PI / 2, mirrored: false }
  expect(shownRegion(slide, camera, { width: 200, height: 100 })).toEqual({ left: 450, top: 300, right: 550, bottom: 500 })
})

it('objectives become scales, near the scan its own', () => {
  expect(downsampleFor(SLIDE, 20)).toBe(2)
  expect(downsampleFor({ mpp_x: 0.2425, mpp_y: 0.2425 }, 40)).toBe(1)
  expect(downsampleFor({ mpp_x: null, mpp_y: null }, 20)).toBe(1)
})

it('what the server cannot give at once is known before', () => {
  const square = (side: number) => ({ left: 0, top: 0, right: side, bottom: side })
  expect(areaSize(square(9000), 1, 'png', RGB).tooLarge).toBe(false)
  expect(areaSize(square(10_000), 1, 'png', RGB).tooLarge).toBe(true)
  expect(areaSize(square(9000), 1, 'tiff', { samples: 4, bytesPerSample: 2 }).tooLarge).toBe(true)
  expect(areaSize({ ...square(70_000), bottom: 10 }, 1, 'jpeg', RGB).tooLarge).toBe(true)
  expect(areaSize(square(9000), 4, 'jpeg', RGB)).toMatchObject({ width: 2250, height: 2250 })
})
