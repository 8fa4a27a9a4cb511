/** The colours of objects: by class or any other category, by any measurement, or all alike. */
import { NO_CATEGORY, type Values } from './columns'

/**
 * The first three are even in lightness and readable without colour vision (S. van der Walt and N. Smith, 2015,
 * https://bids.github.io/colormap/); all are those of which the server makes the tiles of overlays.
 */
const MAPS = {
  viridis: ['#440154', '#482878', '#3e4a89', '#31688e', '#26828e', '#1f9e89', '#35b779', '#6ece58', '#b5de2b', '#fde725'],
  magma: ['#000004', '#180f3d', '#440f76', '#721f81', '#9e2f7f', '#cd4071', '#f1605d', '#fd9668', '#feca8d', '#fcfdbf'],
  inferno: ['#000004', '#1b0c41', '#4a0c6b', '#781c6d', '#a52c60', '#cf4446', '#ed6925', '#fb9b06', '#f7d13d', '#fcffa4'],
  red: ['#ffffff', '#ff0000'],
  green: ['#ffffff', '#00a000'],
  blue: ['#ffffff', '#0000ff'],
  grey: ['#000000', '#ffffff'],
} as const

export type ColourMap = keyof typeof MAPS
export const COLOUR_MAPS = Object.keys(MAPS) as ColourMap[]

/** Told apart without full colour vision (M. Okabe and K. Ito, 2008), the brightest first. */
const PALETTE = ['#e69f00', '#56b4e9', '#009e73', '#cc79a7', '#d55e00', '#0072b2', '#f0e442', '#9a9a9a'] as const

/** The colour of an object without a value. */
export const UNKNOWN = '#808080'

/** Steps of a colour map. */
const STEPS = 256

export type Colouring =
  | { readonly kind: 'plain'; readonly colour: string }
  | { readonly kind: 'category'; readonly column: string; readonly colours: readonly string[] }
  | { readonly kind: 'number'; readonly column: string; readonly low: number; readonly high: number; readonly map: ColourMap }

/** The colours that a colouring uses; the last is that of objects without a value. */
export interface Palette {
  /** `#rrggbb`. */
  readonly css: readonly string[]
  /** Red, green and blue of each, in turn. */
  readonly rgb: Uint8Array
  /** Neighbours in the palette are alike: where objects meet, their places in it can be averaged. */
  readonly ordered: boolean
}

/** A colour for the category at this place when nobody chose one. */
export function paletteColour(at: number): string {
  return PALETTE[at % PALETTE.length] ?? UNKNOWN
}

export function rgbOf(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

/** The colour at a place from 0 to 1. */
export function mapColour(map: ColourMap, at: number): string {
  const anchors: readonly string[] = MAPS[map]
  const place = Math.min(Math.max(at, 0), 1) * (anchors.length - 1)
  const left = Math.min(Math.floor(place), anchors.length - 2)
  const from = rgbOf(anchors[left] ?? UNKNOWN)
  const to = rgbOf(anchors[left + 1] ?? UNKNOWN)
  return hexOf(from.map((value, i) => value + ((to[i] as number) - value) * (place - left)))
}

/** The colour map as a CSS gradient, for legends. */
export function mapGradient(map: ColourMap): string {
  return `linear-gradient(to right, ${MAPS[map].join(', ')})`
}

export function paletteOf(colouring: Colouring): Palette {
  const css =
    colouring.kind === 'plain'
      ? [colouring.colour]
      : colouring.kind === 'category'
        ? [...colouring.colours]
        : Array.from({ length: STEPS }, (_, i) => mapColour(colouring.map, i / (STEPS - 1)))
  css.push(UNKNOWN)
  const rgb = new Uint8Array(css.length * 3)
  css.forEach((colour, i) => rgb.set(rgbOf(colour), 3 * i))
  return { css, rgb, ordered: colouring.kind === 'number' }
}

/**
 * The place in the palette of every object; null when all are alike or the column has not come yet.
 * Values beyond the range have the colour of its end.
 */
export function placesOf(colouring: Colouring, columns: ReadonlyMap<string, Values>): Uint16Array | null {
  if (colouring.kind === 'plain') return null
  const values = columns.get(colouring.column)
  if (values === undefined) return null
  const places = new Uint16Array(values.length)
  if (colouring.kind === 'category') {
    const unknown = colouring.colours.length
    for (let i = 0; i < values.length; i++) places[i] = Math.min(values[i] as number, unknown)
    return places
  }
  const { low, high } = colouring
  const scale = high > low ? (STEPS - 1) / (high - low) : 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    places[i] = Number.isNaN(value) ? STEPS : Math.min(Math.max(Math.round((value - low) * scale), 0), STEPS - 1)
  }
  return places
}

/** The place in the palette of an object of which only the class in the tile is known. */
export function placeOfClass(colouring: Colouring, code: number, classes: string | null): number {
  if (colouring.kind === 'plain') return 0
  if (colouring.kind === 'number') return STEPS
  const known = colouring.column === classes && code !== NO_CATEGORY
  return known ? Math.min(code, colouring.colours.length) : colouring.colours.length
}

export function hexOf(rgb: readonly number[]): string {
  return `#${rgb.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`
}
