import { describe, expect, it } from 'vitest'
import { paletteOf } from '../../model/results/colouring'
import { SELECTED, SHOWN } from '../../model/results/filters'
import { Centroids, nearestObject, paintDensity } from './density'

const WIDTH = 8192
const HEIGHT = 4096
const COUNT = 3000

/** Places all over the slide; by rows, so that neighbours in number are neighbours on the slide. */
const places = Array.from({ length: COUNT }, (_, i) => ({ x: (i * 2654435761) % WIDTH, y: Math.floor((i / COUNT) * HEIGHT) }))
const xy = Uint16Array.from(places.flatMap(({ x, y }) => [Math.floor((x / WIDTH) * 65_536), Math.floor((y / HEIGHT) * 65_536)]))

function filled(): Centroids {
  const centroids = new Centroids(COUNT, WIDTH, HEIGHT)
  centroids.add(xy.subarray(0, 2 * 1500))
  centroids.add(xy.subarray(2 * 1500))
  return centroids
}

const red = paletteOf({ kind: 'plain', colour: '#ff0000' })
const shown = () => new Uint8Array(COUNT).fill(SHOWN)
const alphas = (pixels: Uint8ClampedArray) => pixels.filter((_, i) => i % 4 === 3)

describe('paintDensity', () => {
  it('has every shown object in its pixel, over all tiles once', () => {
    const flags = shown().map((flag, i) => (i % 3 === 0 ? 0 : flag))
    const counted = new Map<string, number>()
    for (const { x, y } of places.filter((_, i) => flags[i] === SHOWN)) {
      const at = `${Math.floor(x / 16)},${Math.floor(y / 16)}`
      counted.set(at, (counted.get(at) ?? 0) + 1)
    }
    let painted = 0
    for (const [left, top] of [[0, 0], [4096, 0]] as const) {
      const pixels = paintDensity(filled(), left, top, 16, 256, { palette: red, places: null, place: 0, flags, objectPx: 0.5 })
      const counts = Array.from({ length: 256 * 256 }, (_, at) => counted.get(`${left / 16 + (at % 256)},${top / 16 + Math.floor(at / 256)}`) ?? 0)
      expect(alphas(pixels)).toEqual(Uint8ClampedArray.from(counts, (count) => (count === 0 ? 0 : Math.round(255 * (1 - 0.4 ** count)))))
      painted += counts.filter((count) => count > 0).length
    }
    expect(painted).toBe(counted.size)
    expect(painted).toBeGreaterThan(1500)
  })

  it('joins the spots of objects at the edge of neighbouring tiles', () => {
    const one = new Centroids(1, 1024, 1024)
    one.add(Uint16Array.of(32_768, 32_768))
    const ink = { palette: red, places: null, place: 0, flags: Uint8Array.of(SHOWN), objectPx: 4 }
    const sum = (left: number, top: number) => alphas(paintDensity(one, left, top, 1, 512, ink)).reduce((a, b) => a + (b > 0 ? 1 : 0), 0)
    expect(sum(0, 0) + sum(512, 0) + sum(0, 512) + sum(512, 512)).toBe(16)
    expect(sum(0, 0)).toBeGreaterThan(0)
    expect(sum(512, 512)).toBeGreaterThan(0)
  })

  it('averages measurements, not colours, and leaves those without a value out of it', () => {
    const three = new Centroids(3, 64, 64)
    three.add(Uint16Array.of(1024, 1024, 1024, 1024, 1024, 1024))
    const palette = paletteOf({ kind: 'number', column: 'x', low: 0, high: 1, map: 'viridis' })
    const pixels = paintDensity(three, 0, 0, 1, 64, { palette, places: Uint16Array.of(0, 200, 256), place: 0, flags: new Uint8Array(3).fill(SHOWN), objectPx: 1 })
    const at = 4 * (64 + 1)
    expect([...pixels.subarray(at, at + 3)]).toEqual([...palette.rgb.subarray(300, 303)])
  })

  it('shows what is selected in its own colour', () => {
    const one = new Centroids(1, 64, 64)
    one.add(Uint16Array.of(0, 0))
    const pixels = paintDensity(one, 0, 0, 1, 64, { palette: red, places: null, place: 0, flags: Uint8Array.of(SHOWN | SELECTED), objectPx: 1 })
    expect([...pixels.subarray(0, 4)]).toEqual([255, 225, 77, 255])
  })
})

describe('nearestObject', () => {
  it('finds the nearest that is shown', () => {
    const centroids = filled()
    const { x, y } = places[1234] as { x: number; y: number }
    expect(nearestObject(centroids, x + 0.4, y, 3, shown())).toBe(1234)
    const flags = shown()
    flags[1234] = 0
    expect(nearestObject(centroids, x + 0.4, y, 1, flags)).toBeNull()
  })
})
