import { describe, expect, it } from 'vitest'
import { arrange, keyOf, levelsOf, squareOf } from './grid'

const size = { width: 5000, height: 3000 }
const levels = levelsOf(size, [4, 2, 1].map((downsample, z) => ({ z, downsample, tile_size_px: 512 })), 1)
const image = () => ({ width: 512, height: 512 }) as ImageBitmap
const having = (...keys: string[]) => {
  const images = new Map(keys.map((key) => [key, image()]))
  return (key: string) => images.get(key)
}

describe('levelsOf', () => {
  it('covers the slide and goes on below the finest level', () => {
    expect(levels.map((level) => level.downsample_x)).toEqual([4, 2, 1, 0.5])
    expect(levels.map(({ cols, rows }) => [cols, rows])).toEqual([[3, 2], [5, 3], [10, 6], [20, 12]])
  })
})

describe('arrange', () => {
  const level = levels[2]
  if (level === undefined) throw new Error('no level')
  const address = { z: 2, x: 3, y: 1 }

  it('shows a tile itself where it is there', () => {
    const pieces = arrange(levels, level, [address], having(keyOf(address), '1/1/0'))
    expect(pieces).toHaveLength(1)
    expect(pieces[0]).toMatchObject({ sx: 0, sy: 0, sw: 512, region: squareOf(level, address) })
  })

  it('shows the part of the nearest coarser one until then', () => {
    const [piece, ...more] = arrange(levels, level, [address], having('1/1/0', '0/0/0'))
    expect(more).toHaveLength(0)
    // Slide pixels 1536 to 2048 are the right half of the tile from 1024 to 2048, and 512 to 1024 its lower half.
    expect(piece).toMatchObject({ sx: 256, sy: 256, sw: 256, sh: 256, region: squareOf(level, address) })
  })

  it('shows what there is of finer ones when one comes from nearer', () => {
    const pieces = arrange(levels, level, [address], having('3/6/2', '3/7/3'))
    expect(pieces.map(({ region }) => region)).toEqual([
      { left: 1536, top: 512, right: 1792, bottom: 768 },
      { left: 1792, top: 768, right: 2048, bottom: 1024 },
    ])
    expect(pieces[0]).toMatchObject({ sx: 0, sy: 0, sw: 512, sh: 512 })
  })

  it('never draws one place twice: what is seen through would add up', () => {
    const pieces = arrange(levels, level, [address, { z: 2, x: 2, y: 1 }], having('1/1/0', '0/0/0', '3/6/2', keyOf(address)))
    const places = pieces.map(({ region }) => region)
    expect(places).toEqual([squareOf(level, address), squareOf(level, { z: 2, x: 2, y: 1 })])
  })
})
