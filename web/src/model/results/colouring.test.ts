import { describe, expect, it } from 'vitest'
import { COLOUR_MAPS, mapColour, paletteOf, placeOfClass, placesOf, rgbOf, UNKNOWN } from './colouring'
import { NO_CATEGORY, type Values } from './columns'
import { coloursOf, readResult } from './reading'

/** Relative luminance (WCAG 2). */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = rgbOf(hex).map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const EVEN = ['viridis', 'magma', 'inferno'] as const

describe('colour maps', () => {
  it.each(EVEN)('%s grows lighter all the way: it can be read without seeing colours', (map) => {
    const steps = Array.from({ length: 65 }, (_, i) => luminance(mapColour(map, i / 64)))
    for (let i = 1; i < steps.length; i++) expect(steps[i]).toBeGreaterThan(steps[i - 1] as number)
  })

  it('end where they end', () => {
    expect(COLOUR_MAPS).toEqual(expect.arrayContaining([...EVEN]))
    expect(mapColour('viridis', -1)).toBe('#440154')
    expect(mapColour('viridis', 2)).toBe('#fde725')
  })
})

describe('placesOf', () => {
  it('puts values beyond the range at its ends and those without one apart', () => {
    const values = new Map<string, Values>([['x', Float32Array.of(-5, 0, 5, 10, 50, Number.NaN)]])
    const colouring = { kind: 'number', column: 'x', low: 0, high: 10, map: 'magma' } as const
    expect([...(placesOf(colouring, values) ?? [])]).toEqual([0, 0, 128, 255, 255, 256])
    expect(paletteOf(colouring).css[256]).toBe(UNKNOWN)
  })

  it('puts codes where their colours are', () => {
    const values = new Map<string, Values>([['k', Uint16Array.of(1, 0, NO_CATEGORY)]])
    const colouring = { kind: 'category', column: 'k', colours: ['#ff0000', '#00ff00'] } as const
    expect([...(placesOf(colouring, values) ?? [])]).toEqual([1, 0, 2])
    expect([...paletteOf(colouring).rgb]).toEqual([255, 0, 0, 0, 255, 0, 128, 128, 128])
  })

  it('waits for a column', () => {
    expect(placesOf({ kind: 'category', column: 'k', colours: [] }, new Map())).toBeNull()
  })

  it('takes the class from the tile until the column comes', () => {
    const colouring = { kind: 'category', column: 'class', colours: ['#ff0000', '#00ff00'] } as const
    expect(placeOfClass(colouring, 1, 'class')).toBe(1)
    expect(placeOfClass(colouring, NO_CATEGORY, 'class')).toBe(2)
    expect(placeOfClass({ ...colouring, column: 'other' }, 1, 'class')).toBe(2)
  })
})

describe('readResult', () => {
  it('makes the classes a column like any other', () => {
    const info = readResult({
      object_count: 3,
      columns: [
        { name: 'area', kind: 'number', min: 1, max: 2, categories: null },
        { name: 'phase', kind: 'category', min: null, max: null, categories: ['a', 'b'] },
      ],
      classes: [{ name: 'Tumour', class_id: null, colour: '#c83737' }, { name: 'Stroma', class_id: null, colour: null }],
      geometry: 'polygon',
      object_type: 'cell',
      levels: [{ z: 1, downsample: 1, tile_size_px: 512, full: true }, { z: 0, downsample: 2, tile_size_px: 512, full: false }],
      base_version: 'v',
      corrections_rev: 0,
      corrections: [],
      bounds: null,
    })
    expect(info.columns.map((column) => column.name)).toEqual(['class', 'area', 'phase'])
    expect(info.levels.map((level) => level.z)).toEqual([0, 1])
    const [classes] = info.columns
    const colours = classes?.kind === 'category' ? coloursOf(classes.categories) : []
    expect(colours[0]).toBe('#c83737')
    expect(colours[1]).toMatch(/^#[0-9a-f]{6}$/)
  })
})
