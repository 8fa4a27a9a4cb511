import { describe, expect, it } from 'vitest'
import type { Camera } from '../model/frame'
import type { Level, Slide } from '../model/slide'
import { NEUTRAL } from '../model/style'
import { lookOf, tileUrl } from './look'
import { compose } from './picture'
import { planTiles } from './plan'
import { TileCache } from './tileCache'

const size = { width: 4096, height: 2048 }
const levels: Level[] = [16, 8, 4, 2, 1].map((d, z) => ({
  z, width: size.width / d, height: size.height / d, tile_width: 256, tile_height: 256,
  cols: size.width / d / 256, rows: Math.ceil(size.height / d / 256), downsample_x: d, downsample_y: d, stored: true,
}))
const slide = {
  slide_id: 's', version: 'abc', levels, ...size, rgb: true, z_count: 3, t_count: 1,
  colour: { profile: 'P3', managed: true, lut_size: 33 },
} as unknown as Slide
const viewport = { width: 512, height: 512 }
const camera: Camera = { x: 2048, y: 1024, resolution: 1, rotation: 0, mirrored: false }
const bitmap = () => ({ width: 256, height: 256, close: () => undefined }) as unknown as ImageBitmap

describe('planTiles', () => {
  it('wants the tiles on the screen, coarse ones below and those around in advance', () => {
    const plan = planTiles(levels, size, camera, viewport, 1)
    expect(plan.level.z).toBe(4)
    expect(plan.visible).toHaveLength(4)
    expect(plan.base.map((address) => address.z)).toContain(0)
    expect(plan.ahead.length).toBeGreaterThan(8)
  })

  it('leaves out the corners of a turned view', () => {
    const turned = planTiles(levels, size, { ...camera, rotation: Math.PI / 4 }, { width: 1600, height: 200 }, 1)
    expect(turned.visible.length).toBeLessThan(36)
    expect(turned.visible.length).toBeGreaterThanOrEqual(9)
  })

  it('follows device pixels', () => {
    expect(planTiles(levels, size, { ...camera, resolution: 2 }, viewport, 2).level.z).toBe(4)
  })
})

describe('compose', () => {
  const look = lookOf(slide, { plane: 0, time: 0, style: null, managed: true })
  const plan = planTiles(levels, size, camera, viewport, 1)

  it('draws coarse tiles where sharp ones are missing, and marks what failed', () => {
    const cache = new TileCache().shelf('s')
    cache.put(`${look.key}/0/0/0`, bitmap())
    cache.put(`${look.key}/4/7/3`, bitmap())
    const made = compose(plan, { slide, size, look, previous: null, cache, isMissing: (key) => key.endsWith('/4/8/4') })
    expect(made.picture.pieces.map((piece) => piece.region.right - piece.region.left)).toEqual([4096, 256])
    expect(made.picture.missing).toEqual([{ left: 2048, top: 1024, right: 2304, bottom: 1280 }])
    expect(made.holes).toBe(3)
    expect(made.jobs.filter((job) => job.visible && job.key.includes('/4/'))).toHaveLength(3)
  })

  it('shows the last look until the new one arrives', () => {
    const cache = new TileCache().shelf('s')
    const next = lookOf(slide, { plane: 1, time: 0, style: null, managed: true })
    for (const { x, y } of plan.visible) cache.put(`${look.key}/4/${x}/${y}`, bitmap())
    const made = compose(plan, { slide, size, look: next, previous: look, cache, isMissing: () => false })
    expect(made.picture.pieces).toHaveLength(4)
    expect(made.holes).toBe(4)
  })
})

describe('lookOf', () => {
  it('lets the browser manage untouched tiles and the server adjusted ones', () => {
    const raw = lookOf(slide, { plane: 0, time: 0, style: null, managed: true })
    expect(raw).toMatchObject({ managed: true, query: 'v=abc' })
    const adjusted = lookOf(slide, { plane: 2, time: 0, style: { ...NEUTRAL, gamma: 2 }, managed: true })
    expect(adjusted.managed).toBe(false)
    expect(tileUrl(slide, adjusted, { z: 4, x: 1, y: 2 })).toBe(
      `/api/v1/slides/s/tiles/4/1/2?v=abc&style=${btoa('{"gamma":2,"icc":true}').replace(/=+$/, '')}&plane=2`,
    )
    expect(lookOf(slide, { plane: 0, time: 0, style: null, managed: false }).key).not.toBe(raw.key)
  })
})

it('the cache throws out what was used longest ago, never what the frame uses', () => {
  const cache = new TileCache(3 * 256 * 256 * 4)
  const one = cache.shelf('one')
  const other = cache.shelf('other')
  for (const key of ['a', 'b', 'c']) one.put(key, bitmap())
  one.nextFrame()
  one.get('a')
  other.put('d', bitmap())
  expect(['a', 'b', 'c'].map((key) => one.has(key))).toEqual([true, false, true])
  expect([other.has('d'), other.has('a')]).toEqual([true, false])
  one.close()
  other.put('e', bitmap())
  other.put('f', bitmap())
  expect(one.has('a')).toBe(false)
  expect(cache.bytes).toBe(3 * 256 * 256 * 4)
  cache.clear('other')
  expect(cache.bytes).toBe(0)
})
