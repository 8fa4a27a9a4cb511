import { describe, expect, it } from 'vitest'
import { addressesFrom, levelFor, placeTile, tilesIn } from './pyramid'
import type { Level } from './slide'

function level(z: number, width: number, height: number, tile: number, dx: number, dy = dx): Level {
  return {
    z, width, height, tile_width: tile, tile_height: tile,
    cols: Math.ceil(width / tile), rows: Math.ceil(height / tile),
    downsample_x: dx, downsample_y: dy, stored: true,
  }
}

// CMU-1-Small-Region: 2220 x 2967, with a stored level of an odd factor in between.
const levels = [level(0, 139, 186, 240, 16), level(1, 740, 989, 240, 3), level(2, 2220, 2967, 240, 1)]

describe('levelFor', () => {
  it('takes the coarsest level that is still sharp', () => {
    expect(levelFor(levels, 1).z).toBe(2)
    expect(levelFor(levels, 2.9).z).toBe(1)
    expect(levelFor(levels, 20).z).toBe(0)
  })

  it('does not fetch four times the tiles for a few per cent', () => {
    expect(levelFor(levels, 2.7).z).toBe(1)
    expect(levelFor(levels, 2.5).z).toBe(2)
  })

  it('uses the finest level beyond the scan', () => {
    expect(levelFor(levels, 0.01).z).toBe(2)
  })
})

describe('tilesIn', () => {
  const finest = levels[2] as Level

  it('counts a tile that is touched, not one that is only met at its edge', () => {
    expect(tilesIn(finest, { left: 0, top: 0, right: 240, bottom: 241 })).toEqual({ left: 0, top: 0, right: 1, bottom: 2 })
  })

  it('is empty outside the slide', () => {
    const range = tilesIn(finest, { left: 5000, top: 0, right: 6000, bottom: 100 })
    expect(addressesFrom(finest, range, 0, 0)).toEqual([])
  })

  it('lists the nearest first', () => {
    const range = tilesIn(finest, { left: 0, top: 0, right: 720, bottom: 240 })
    expect(addressesFrom(finest, range, 700, 100).map((address) => address.x)).toEqual([2, 1, 0])
  })
})

describe('placeTile', () => {
  it('cuts a full-size edge tile at the slide', () => {
    const { region, sourceWidth, sourceHeight } = placeTile(levels[2] as Level, { z: 2, x: 9, y: 12 }, 2220, 2967)
    expect(region).toEqual({ left: 2160, top: 2880, right: 2220, bottom: 2967 })
    expect([sourceWidth, sourceHeight]).toEqual([60, 87])
  })

  it('keeps x and y apart and ends at the slide, not at a level rounded up', () => {
    const odd = level(1, 334, 252, 256, 2.997, 3.01)
    const { region, sourceWidth } = placeTile(odd, { z: 1, x: 1, y: 0 }, 1000, 757)
    expect(region.left).toBeCloseTo(256 * 2.997)
    expect(region.right).toBeCloseTo(1000)
    expect(region.bottom).toBeCloseTo(757)
    expect(sourceWidth).toBeCloseTo(1000 / 2.997 - 256)
  })
})
