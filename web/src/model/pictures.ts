/** Pictures that leave the viewer: how large they become, what they are called, and what the server can give at once. */
import { type Camera, type Extent, visibleRegion } from './frame'
import { magnification, magnificationText } from './magnification'
import type { Region } from './pyramid'
import { pixelSize, type Slide } from './slide'

/** CSS pixels are 96 to an inch. */
const CSS_DPI = 96

export const SHOT_SIZES = ['1x', '2x', '300dpi'] as const
export type ShotSize = (typeof SHOT_SIZES)[number]

/** Pixels of the picture for each CSS pixel, and what it says about them. */
export function shotScale(size: ShotSize): { ratio: number; dpi: number } {
  if (size === '300dpi') return { ratio: 300 / CSS_DPI, dpi: 300 }
  return size === '2x' ? { ratio: 2, dpi: 2 * CSS_DPI } : { ratio: 1, dpi: CSS_DPI }
}

export const AREA_FORMATS = ['png', 'jpeg', 'tiff', 'ome-tiff'] as const
export type AreaFormat = (typeof AREA_FORMATS)[number]

/** Formats that hold the values of the file; the others show what is on the screen. */
export function keepsValues(format: AreaFormat): boolean {
  return format === 'tiff' || format === 'ome-tiff'
}

/** What the server answers at once; see `imaging/regions.py`. */
export const LARGEST_ANSWER_BYTES = 256 * 2 ** 20
export const LARGEST_SIDE_PX = 65_500
const LARGEST_SOURCE_PX = 2 ** 30

const SUFFIX: Readonly<Record<AreaFormat, string>> = { png: 'png', jpeg: 'jpg', tiff: 'tif', 'ome-tiff': 'ome.tif' }
/** Bytes for each pixel of dense tissue, and for each sample of values. */
const PICTURE_BYTES = { png: 2.2, jpeg: 0.5 } as const
const VALUE_BYTES = 0.75

/** The part of the slide that a view shows, whole pixels, cut to the slide; null when it shows none of it. */
export function shownRegion(slide: Extent, camera: Camera, viewport: Extent): Region | null {
  return insideSlide(slide, visibleRegion(camera, viewport))
}

/** Whole pixels of a region that lie on the slide, or null. */
export function insideSlide(slide: Extent, region: Region): Region | null {
  const left = Math.max(0, Math.floor(region.left))
  const top = Math.max(0, Math.floor(region.top))
  const right = Math.min(slide.width, Math.ceil(region.right))
  const bottom = Math.min(slide.height, Math.ceil(region.bottom))
  return right - left < 1 || bottom - top < 1 ? null : { left, top, right, bottom }
}

/** Level-0 pixels for each pixel at an objective; 1 for the scan's own and for a slide without a scale. */
export function downsampleFor(slide: Pick<Slide, 'mpp_x' | 'mpp_y'>, objective: number | null): number {
  const size = pixelSize(slide)
  if (objective === null || size === null) return 1
  const downsample = 10 / objective / Math.sqrt(size.x * size.y)
  return Math.abs(downsample - 1) <= 0.1 ? 1 : downsample
}

export interface AreaSize {
  width: number
  height: number
  bytes: number
  /** More than the server gives in one answer. */
  tooLarge: boolean
}

/** How large an area becomes. */
export function areaSize(
  region: Region,
  downsample: number,
  format: AreaFormat,
  pixels: { samples: number; bytesPerSample: number },
): AreaSize {
  const width = Math.max(1, Math.round((region.right - region.left) / downsample))
  const height = Math.max(1, Math.round((region.bottom - region.top) / downsample))
  const values = keepsValues(format)
  const samples = values ? pixels.samples : 3
  const inMemory = width * height * Math.max(3, samples) * (values ? pixels.bytesPerSample : 1)
  const each = format === 'png' || format === 'jpeg' ? PICTURE_BYTES[format] : samples * pixels.bytesPerSample * VALUE_BYTES
  const read = (region.right - region.left) * (region.bottom - region.top)
  const tooLarge =
    inMemory > LARGEST_ANSWER_BYTES || Math.max(width, height) > LARGEST_SIDE_PX || (downsample < 2 && read > LARGEST_SOURCE_PX)
  return { width, height, bytes: Math.ceil(width * height * each), tooLarge }
}

/** "name-20x.png"; without identity "slide-20x-2026-11-26-1430.png". Takes no letter that a file system refuses. */
export function pictureName(slide: Slide, resolution: number, suffix: string, identityOff: boolean, now: Date): string {
  const name = slide.name.replace(/[^\p{L}\p{N} ._()+-]/gu, '_').replace(/^[ .]+|[ .]+$/g, '').slice(0, 120)
  const zoom = magnificationText(magnification(slide, resolution), 'en').replace('≈', '').replace('%', 'pc')
  const two = (value: number) => String(value).padStart(2, '0')
  const moment = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}`
  return identityOff || name === '' ? `slide-${zoom}-${moment}.${suffix}` : `${name}-${zoom}.${suffix}`
}

export function areaSuffix(format: AreaFormat): string {
  return SUFFIX[format]
}
