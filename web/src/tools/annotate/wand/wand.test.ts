import { beforeEach, describe, expect, it } from 'vitest'
import { area, bounds } from '../../../model/annotations/shapes'
import type { Geometry } from '../../../model/annotations/types'
import { Bench } from '../bench'
import { drawingSettings, readSettings } from '../settings'
import { flood, type Mask, type Pixels, toLab } from './flood'
import { outlineOf, smoothed } from './trace'

beforeEach(() => drawingSettings.set(readSettings(null)))

type Colour = readonly [number, number, number]
const PINK: Colour = [222, 160, 200]
const VIOLET: Colour = [110, 60, 150]

/** A picture whose pixels say by their place which colour they have, with a grain that a blur takes away. */
function picture(width: number, height: number, colourAt: (x: number, y: number) => Colour): Pixels {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const grain = (x + y) % 2 === 0 ? 3 : -3
      const [r, g, b] = colourAt(x, y)
      data.set([r + grain, g + grain, b + grain, 255], 4 * (y * width + x))
    }
  }
  return { data, width, height }
}

const count = (mask: Mask | null): number => mask?.data.reduce((sum, one) => sum + one, 0) ?? 0
const maskOf = (rows: readonly string[]): Mask => ({
  data: Uint8Array.from(rows.join(''), (one) => (one === '#' ? 1 : 0)),
  width: rows[0]?.length ?? 0,
  height: rows.length,
  left: 0,
  top: 0,
})

describe('colours', () => {
  it('are those of CIELAB', () => {
    expect(toLab(255, 255, 255)).toEqual([expect.closeTo(100, 1), expect.closeTo(0, 1), expect.closeTo(0, 1)])
    expect(toLab(255, 0, 0)).toEqual([expect.closeTo(53.24, 1), expect.closeTo(80.09, 1), expect.closeTo(67.2, 1)])
    expect(toLab(0, 0, 0)).toEqual([expect.closeTo(0, 5), expect.closeTo(0, 5), expect.closeTo(0, 5)])
  })
})

describe('the flood', () => {
  const inDisc = (x: number, y: number) => Math.hypot(x + 0.5 - 100, y + 0.5 - 80) <= 30
  const disc = picture(200, 160, (x, y) => (inDisc(x, y) ? VIOLET : PINK))

  it('takes a nucleus and stops at its rim', () => {
    const taken = count(flood(disc, 100, 80, 12))
    expect(taken / (Math.PI * 30 ** 2)).toBeGreaterThan(0.9)
    expect(taken / (Math.PI * 30 ** 2)).toBeLessThan(1.05)
  })

  it('takes the other side as far as it looks', () => {
    const mask = flood(disc, 20, 80, 12)
    // Everything within reach but the disc's edge.
    expect(count(mask)).toBeGreaterThan(85 * 129 * 0.9)
    expect(mask).toMatchObject({ left: 0, top: 16, width: 85, height: 129 })
  })

  it('takes only what hangs together, and fills holes', () => {
    const two = picture(120, 60, (x, y) => {
      const far = Math.min(Math.hypot(x - 30, y - 30), Math.hypot(x - 90, y - 30))
      return far <= 20 && far > 5 ? VIOLET : PINK
    })
    const mask = flood(two, 15, 30, 12)
    const taken = count(mask)
    expect(taken).toBeGreaterThan(Math.PI * 18 ** 2)
    expect(taken).toBeLessThan(Math.PI * 21 ** 2)
  })

  it('is nothing outside the picture', () => {
    expect(flood(disc, -1, 5, 12)).toBeNull()
    expect(flood(disc, 5, 160, 12)).toBeNull()
  })
})

describe('the outline of a mask', () => {
  it('runs around its pixels', () => {
    expect(outlineOf(maskOf(['....', '.##.', '.##.', '....']))).toEqual([
      { x: 1, y: 1 }, { x: 2, y: 1 }, { x: 3, y: 1 }, { x: 3, y: 2 }, { x: 3, y: 3 }, { x: 2, y: 3 }, { x: 1, y: 3 }, { x: 1, y: 2 },
    ])
  })

  it('goes into bays and around corners that only touch', () => {
    const points = outlineOf(maskOf(['###', '#..', '##.', '.#.']))
    const twice = points.reduce((sum, { x, y }, i) => {
      const next = points[(i + 1) % points.length] ?? { x: 0, y: 0 }
      return sum + x * next.y - next.x * y
    }, 0)
    expect(twice / 2).toBe(7)
    expect(outlineOf(maskOf(['...']))).toEqual([])
  })

  it('is smoother at the middles of its edges', () => {
    expect(smoothed([{ x: 0, y: 0 }, { x: 2, y: 0 }, { x: 2, y: 2 }])).toEqual([{ x: 1, y: 0 }, { x: 2, y: 1 }, { x: 1, y: 1 }])
  })
})

describe('the wand', () => {
  it('draws what it sees where it lies on the slide, at any rotation, flip and zoom', () => {
    for (const camera of [{ resolution: 1 }, { resolution: 4, rotation: 1, mirrored: true }]) {
      const bench = new Bench(camera)
      // The view is 1000 by 800; the disc lies in its middle, where the camera looks.
      bench.picture = picture(1000, 800, (x, y) => (Math.hypot(x + 0.5 - 500, y + 0.5 - 400) <= 25 ? VIOLET : PINK)) as ImageData
      bench.take('wand').click([500, 400])
      const [shape] = bench.shapes()
      const { minX, maxX, minY, maxY } = bounds(shape as Geometry)
      expect((minX + maxX) / 2).toBeCloseTo(500, -1)
      expect((minY + maxY) / 2).toBeCloseTo(400, -1)
      expect(area(shape as Geometry) / (Math.PI * (25 * camera.resolution) ** 2)).toBeCloseTo(1, 0)
      expect(bench.putDown).toBe(0)
    }
  })

  it('takes away with Alt', () => {
    const bench = new Bench()
    bench.document.select([bench.put({ kind: 'rectangle', x: 400, y: 300, width: 200, height: 200, rotation: 0 })])
    bench.picture = picture(1000, 800, (x, y) => (Math.hypot(x + 0.5 - 500, y + 0.5 - 400) <= 25 ? VIOLET : PINK)) as ImageData
    bench.take('wand').click([500, 400], { alt: true })
    const [shape] = bench.shapes()
    expect(area(shape as Geometry)).toBeGreaterThan(40_000 - 1.1 * Math.PI * 25 ** 2)
    expect(area(shape as Geometry)).toBeLessThan(40_000 - 0.85 * Math.PI * 25 ** 2)
  })
})
