/** Which bitmaps of a layer show a part of the slide, and what stands in for those that are not there yet. Pure. */
import type { Extent } from '../../model/frame'
import { intersection, type Region, type TileAddress, tilesIn } from '../../model/pyramid'
import type { Level } from '../../model/slide'

/** Square tiles of one size over the slide; `downsample` slide pixels each of theirs. Coarsest first. */
export interface GridLevel {
  readonly z: number
  readonly downsample: number
  readonly tile_size_px: number
}

/** A bitmap and the part of it that shows a region of the slide. */
export interface GridPiece {
  readonly image: ImageBitmap
  readonly sx: number
  readonly sy: number
  readonly sw: number
  readonly sh: number
  readonly region: Region
}

/** The grid's levels as those of a slide, and `finer` more of them below the finest, so that outlines stay sharp. */
export function levelsOf(size: Extent, levels: readonly GridLevel[], finer = 0): Level[] {
  const finest = levels[levels.length - 1]
  const all = levels.map(({ downsample, tile_size_px }) => ({ downsample, tile: tile_size_px }))
  for (let i = 1; i <= finer && finest !== undefined; i++) all.push({ downsample: finest.downsample / 2 ** i, tile: finest.tile_size_px })
  return all.map(({ downsample, tile }, z) => {
    const width = Math.ceil(size.width / downsample)
    const height = Math.ceil(size.height / downsample)
    return {
      z,
      width,
      height,
      tile_width: tile,
      tile_height: tile,
      cols: Math.ceil(width / tile),
      rows: Math.ceil(height / tile),
      downsample_x: downsample,
      downsample_y: downsample,
      stored: false,
    }
  })
}

/** The whole square of a tile in slide pixels, also where it reaches beyond the slide. */
export function squareOf(level: Level, address: TileAddress): Region {
  const step = level.tile_width * level.downsample_x
  return { left: address.x * step, top: address.y * step, right: (address.x + 1) * step, bottom: (address.y + 1) * step }
}

export function keyOf(address: TileAddress): string {
  return `${address.z}/${address.x}/${address.y}`
}

/**
 * The pieces that show these tiles: each its own bitmap, or else the part of a coarser one, or else what there is of
 * finer ones. No two of one tile overlap, so that see-through ones do not add up.
 */
export function arrange(
  levels: readonly Level[],
  level: Level,
  visible: readonly TileAddress[],
  imageOf: (key: string) => ImageBitmap | undefined,
): GridPiece[] {
  const pieces: GridPiece[] = []
  for (const address of visible) {
    const region = squareOf(level, address)
    const own = imageOf(keyOf(address))
    if (own !== undefined) {
      pieces.push({ image: own, sx: 0, sy: 0, sw: own.width, sh: own.height, region })
      continue
    }
    pieces.push(...standIn(levels, level, region, imageOf))
  }
  return pieces
}

/** Two steps finer are sixteen bitmaps: more would not be seen. */
const FINER_STEPS = 2

function standIn(
  levels: readonly Level[],
  level: Level,
  region: Region,
  imageOf: (key: string) => ImageBitmap | undefined,
): GridPiece[] {
  const coarser = levels.slice(0, level.z).reverse()
  const finer = levels.slice(level.z + 1, level.z + 1 + FINER_STEPS)
  for (const other of [...coarser, ...finer]) {
    const found = partsOf(other, region, imageOf)
    if (found.length > 0) return found
  }
  return []
}

function partsOf(level: Level, region: Region, imageOf: (key: string) => ImageBitmap | undefined): GridPiece[] {
  const range = tilesIn(level, region)
  const pieces: GridPiece[] = []
  for (let y = range.top; y < range.bottom; y++)
    for (let x = range.left; x < range.right; x++) {
      const image = imageOf(keyOf({ z: level.z, x, y }))
      if (image === undefined) continue
      const square = squareOf(level, { z: level.z, x, y })
      const shared = intersection(square, region)
      if (shared === null) continue
      const scale = image.width / (square.right - square.left)
      pieces.push({
        image,
        sx: (shared.left - square.left) * scale,
        sy: (shared.top - square.top) * scale,
        sw: (shared.right - shared.left) * scale,
        sh: (shared.bottom - shared.top) * scale,
        region: shared,
      })
    }
  return pieces
}
