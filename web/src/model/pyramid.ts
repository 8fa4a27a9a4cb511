/**
 * Which tiles of which level show a part of a slide. Regions are in level-0 pixels, x right, y down;
 * (0, 0) is the outer corner of the top-left pixel.
 */
import type { Level } from './slide'

export interface Region {
  left: number
  top: number
  right: number
  bottom: number
}

export interface TileAddress {
  z: number
  x: number
  y: number
}

/** A tile to draw: `source` is the part of the tile image (its pixels) that lies inside the slide. */
export interface TilePlacement {
  region: Region
  sourceWidth: number
  sourceHeight: number
}

/**
 * How far a level may be magnified before the next finer one is fetched: four times the tiles for a
 * few per cent of sharpness nobody sees would make every slide slower.
 */
export const MAGNIFY_TOLERANCE = 1.15

/** The coarsest level that is still sharp at `resolution` level-0 pixels per device pixel. */
export function levelFor(levels: readonly Level[], resolution: number): Level {
  let best = levels[levels.length - 1]
  if (best === undefined) throw new Error('a slide without levels cannot be shown')
  for (const level of levels) {
    const coarser = level.downsample_x > best.downsample_x
    if (coarser && level.downsample_x <= resolution * MAGNIFY_TOLERANCE) best = level
  }
  return best
}

/** Columns and rows of a level that touch a region; `empty` when none does. */
export interface TileRange {
  left: number
  top: number
  right: number
  bottom: number
}

/** Tiles of `level` that touch `region`; `right` and `bottom` are exclusive, so none gives equal edges. */
export function tilesIn(level: Level, region: Region): TileRange {
  const stepX = level.tile_width * level.downsample_x
  const stepY = level.tile_height * level.downsample_y
  const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most)
  const left = clamp(Math.floor(region.left / stepX), level.cols)
  const top = clamp(Math.floor(region.top / stepY), level.rows)
  return {
    left,
    top,
    right: Math.max(left, clamp(Math.ceil(region.right / stepX), level.cols)),
    bottom: Math.max(top, clamp(Math.ceil(region.bottom / stepY), level.rows)),
  }
}

/** Every address of a range, nearest to the point (level-0 pixels) first. */
export function addressesFrom(level: Level, range: TileRange, x: number, y: number): TileAddress[] {
  const stepX = level.tile_width * level.downsample_x
  const stepY = level.tile_height * level.downsample_y
  const found: { address: TileAddress; distance: number }[] = []
  for (let row = range.top; row < range.bottom; row++) {
    for (let col = range.left; col < range.right; col++) {
      const distance = Math.hypot((col + 0.5) * stepX - x, (row + 0.5) * stepY - y)
      found.push({ address: { z: level.z, x: col, y: row }, distance })
    }
  }
  found.sort((a, b) => a.distance - b.distance)
  return found.map((entry) => entry.address)
}

/**
 * Where a tile lies on the slide. Stored edge tiles are full size, so what lies beyond the level or
 * beyond the slide is cut off here, exactly and in both axes apart.
 */
export function placeTile(level: Level, address: TileAddress, width: number, height: number): TilePlacement {
  const startX = address.x * level.tile_width
  const startY = address.y * level.tile_height
  const endX = Math.min(startX + level.tile_width, level.width, width / level.downsample_x)
  const endY = Math.min(startY + level.tile_height, level.height, height / level.downsample_y)
  return {
    region: {
      left: startX * level.downsample_x,
      top: startY * level.downsample_y,
      right: endX * level.downsample_x,
      bottom: endY * level.downsample_y,
    },
    sourceWidth: endX - startX,
    sourceHeight: endY - startY,
  }
}

/** The overlap of two regions, or null. */
export function intersection(a: Region, b: Region): Region | null {
  const left = Math.max(a.left, b.left)
  const top = Math.max(a.top, b.top)
  const right = Math.min(a.right, b.right)
  const bottom = Math.min(a.bottom, b.bottom)
  return left < right && top < bottom ? { left, top, right, bottom } : null
}

/** A region grown on every side. */
export function grown(region: Region, dx: number, dy: number): Region {
  return { left: region.left - dx, top: region.top - dy, right: region.right + dx, bottom: region.bottom + dy }
}
