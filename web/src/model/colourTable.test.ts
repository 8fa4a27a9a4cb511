import { expect, it } from 'vitest'
import { applyTable, type ColourTable } from './colourTable'

function tableOf(size: number, colour: (r: number, g: number, b: number) => number[]): ColourTable {
  const values = new Uint8Array(size ** 3 * 3)
  for (let b = 0; b < size; b++)
    for (let g = 0; g < size; g++)
      for (let r = 0; r < size; r++) {
        const step = 255 / (size - 1)
        values.set(colour(r * step, g * step, b * step), ((b * size + g) * size + r) * 3)
      }
  return { size, values }
}

it('the identity table changes nothing, at its nodes and between them', () => {
  const pixels = new Uint8ClampedArray(256 * 4)
  for (let i = 0; i < 256; i++) pixels.set([i, (i * 7) % 256, (i * 13) % 256, 255], i * 4)
  const before = [...pixels]
  applyTable(tableOf(33, (r, g, b) => [r, g, b].map(Math.round)), pixels)
  const worst = Math.max(...before.map((value, i) => Math.abs(value - (pixels[i] as number))))
  expect(worst).toBeLessThanOrEqual(1)
})

it('red runs fastest', () => {
  const pixels = new Uint8ClampedArray([255, 0, 0, 200, 0, 255, 0, 255, 0, 0, 255, 255])
  applyTable(tableOf(17, (r, g, b) => [b, r, g].map(Math.round)), pixels)
  expect([...pixels]).toEqual([0, 255, 0, 200, 0, 0, 255, 255, 255, 0, 0, 255])
})

it('interpolates a linear table exactly in every tetrahedron', () => {
  const table = tableOf(5, (r, g, b) => [(r + g + b) / 3, r, g])
  for (const [r, g, b] of [[200, 100, 50], [100, 200, 50], [50, 200, 100], [50, 100, 200], [100, 50, 200], [200, 50, 100]] as const) {
    const pixel = new Uint8ClampedArray([r, g, b, 255])
    applyTable(table, pixel)
    expect(Math.abs((pixel[0] as number) - (r + g + b) / 3)).toBeLessThanOrEqual(1)
    expect(Math.abs((pixel[1] as number) - r)).toBeLessThanOrEqual(1)
  }
})
