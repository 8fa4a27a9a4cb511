/** Raster overlays: what a layer says of itself, and the style of its tiles. */
import type { Layer } from '../annotations/types'
import type { Region } from '../pyramid'
import type { Level } from '../slide'
import { type ColourMap, hexOf } from './colouring'

export interface OverlayLevel {
  readonly z: number
  readonly downsample: number
  readonly tile_size_px: number
}

export interface OverlayInfo {
  /** Areas with a number each, or a value at every place. */
  readonly kind: 'labels' | 'heatmap'
  /** The part of the slide that it covers. */
  readonly region: Region
  /** The least and the largest value. */
  readonly low: number
  readonly high: number
  /** The labels that occur. */
  readonly labels: readonly number[]
}

/** How its tiles are made; what is null is as the server makes it by itself. */
export interface OverlayStyle {
  readonly map: ColourMap
  readonly low: number
  readonly high: number
  /** Values below are not shown. */
  readonly above: number | null
  /** Labels that are not shown. */
  readonly hidden: readonly number[]
  readonly colours: Readonly<Record<number, string>>
}

const TILE_PX = 512

/** Overlays are tiled in the slide's own zoom levels, whatever tiles its file has. */
export function overlayLevels(levels: readonly Level[]): OverlayLevel[] {
  return levels.map(({ z, downsample_x }) => ({ z, downsample: downsample_x, tile_size_px: TILE_PX }))
}

/** What a layer of the kind `overlay` says of itself; null when that is nothing that can be shown. */
export function readOverlay({ info }: Pick<Layer, 'info'>): OverlayInfo | null {
  const [left, top, width, height, downsample, low, high] = ['x', 'y', 'width', 'height', 'downsample', 'low', 'high'].map((name) =>
    typeof info[name] === 'number' ? info[name] : Number.NaN,
  ) as [number, number, number, number, number, number, number]
  if (![left, top, width, height, downsample, low, high].every(Number.isFinite)) return null
  const labels = Array.isArray(info['labels']) ? info['labels'].filter((label) => typeof label === 'number') : []
  return {
    kind: info['kind'] === 'labels' ? 'labels' : 'heatmap',
    region: { left, top, right: left + width * downsample, bottom: top + height * downsample },
    low,
    high,
    // 0 is where nothing is.
    labels: labels.filter((label) => label !== 0),
  }
}

export function firstStyle({ low, high }: OverlayInfo): OverlayStyle {
  return { map: 'viridis', low, high, above: null, hidden: [], colours: {} }
}

/** The style as the address of a tile says it: base64url of JSON; equal styles have equal addresses. */
export function overlayStyle(info: OverlayInfo, style: OverlayStyle): string {
  const shown = info.labels.filter((label) => !style.hidden.includes(label))
  const said =
    info.kind === 'heatmap'
      ? { map: style.map, range: [style.low, style.high], ...(style.above === null ? {} : { above: style.above }) }
      : { colours: style.colours, ...(style.hidden.length === 0 ? {} : { shown }) }
  return btoa(JSON.stringify(said)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** The colour that the server gives a label which nobody chose one for: hues a golden angle apart. */
export function labelColour(label: number): string {
  const hue = (label * 0.618034) % 1
  // HLS with lightness 0.5 and saturation 0.75, as Python's colorsys has it.
  const [least, most] = [0.125, 0.875]
  const channel = (at: number) => {
    const place = ((at % 1) + 1) % 1
    if (place < 1 / 6) return least + (most - least) * place * 6
    if (place < 1 / 2) return most
    if (place < 2 / 3) return least + (most - least) * (2 / 3 - place) * 6
    return least
  }
  return hexOf([hue + 1 / 3, hue, hue - 1 / 3].map((at) => channel(at) * 255))
}
