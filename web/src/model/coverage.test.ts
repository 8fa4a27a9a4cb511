import { describe, expect, it } from 'vitest'
import { cellAt, cellsInView, gridOf, middleOf, nearestUnseen, seenFrom, unpacked, unseenShare, wholePercent } from './coverage'

const slide = { width: 2220, height: 2967, mpp_x: 0.499, mpp_y: 0.499 }
const size = { width: 2220, height: 2967 }

describe('the grid', () => {
  it.each([
    [2220, 2967, 0.499, 18, 24, 128],
    [1493, 901, null, 6, 4, 256],
    [100000, 80000, null, 391, 313, 256],
    [1000, 10, 1000, 1000, 10, 1],
    [250000, 120000, 0.23, 450, 216, 556],
  ])('of %i x %i at %s has the cells that the server has', (width, height, mpp, cols, rows, cellPx) => {
    expect(gridOf({ width, height, mpp_x: mpp, mpp_y: mpp })).toEqual({ cols, rows, cellPx })
  })

  it('counts from 10x on', () => {
    expect(seenFrom(slide)).toBeCloseTo(1 / 0.499, 4)
    expect(seenFrom({ ...slide, mpp_x: null, mpp_y: null })).toBeCloseTo(2, 4)
  })
})

describe('cells in view', () => {
  const grid = gridOf(slide)
  const viewport = { width: 512, height: 256 }
  const camera = { x: 640, y: 640, resolution: 1, rotation: 0, mirrored: false }

  it('are those whose middle is on the screen', () => {
    // 384 to 896 across, 512 to 768 down: columns 3 to 6, rows 4 and 5.
    const expected = [4, 5].flatMap((row) => [3, 4, 5, 6].map((col) => row * 18 + col))
    expect(cellsInView(camera, viewport, grid, size)).toEqual(expected)
    expect(cellsInView({ ...camera, mirrored: true }, viewport, grid, size)).toEqual(expected)
  })

  it('turn with the view', () => {
    const turned = cellsInView({ ...camera, rotation: Math.PI / 2 }, viewport, grid, size)
    const expected = [3, 4, 5, 6].flatMap((row) => [4, 5].map((col) => row * 18 + col))
    expect(turned).toEqual(expected)
  })

  it('end at the slide', () => {
    const corner = cellsInView({ ...camera, x: 2220, y: 2967 }, viewport, grid, size)
    expect(Math.max(...corner)).toBe(18 * 24 - 1)
    expect(middleOf(18 * 24 - 1, grid, size)).toEqual({ x: (17 * 128 + 2220) / 2, y: (23 * 128 + 2967) / 2 })
    expect(cellsInView({ ...camera, x: -9000 }, viewport, grid, size)).toEqual([])
  })
})

describe('what was not seen', () => {
  const grid = { cols: 3, rows: 2, cellPx: 10 }
  const tissue = unpacked(btoa(String.fromCharCode(0b101101)), grid)

  it('is unpacked from the lowest bit on', () => {
    expect([...tissue]).toEqual([1, 0, 1, 1, 0, 1])
  })

  it('is counted among tissue only', () => {
    expect(unseenShare(tissue, Uint8Array.from([1, 1, 0, 0, 1, 1]))).toBe(0.5)
    expect(unseenShare(new Uint8Array(6), new Uint8Array(6))).toBeNull()
    expect([0, 0.001, 0.123, 0.999, 1].map(wholePercent)).toEqual([0, 1, 12, 99, 100])
  })

  it('is found nearest first', () => {
    const whole = { width: 30, height: 20 }
    expect(nearestUnseen({ x: 4, y: 4 }, grid, whole, tissue, new Uint8Array(6))).toBe(0)
    expect(nearestUnseen({ x: 4, y: 4 }, grid, whole, tissue, Uint8Array.from([1, 0, 0, 0, 0, 0]))).toBe(3)
    expect(nearestUnseen({ x: 4, y: 4 }, grid, whole, tissue, Uint8Array.from([1, 1, 1, 1, 1, 1]))).toBeNull()
    expect([cellAt({ x: 29, y: 19 }, grid), cellAt({ x: 30, y: 0 }, grid), cellAt({ x: -1, y: 0 }, grid)]).toEqual([5, null, null])
  })
})
