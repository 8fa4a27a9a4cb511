/** Which tiles a view draws and which it fetches in advance. Pure, so that it can be tested without a screen. */
import { type Camera, type Extent, slideToScreen, visibleRegion } from '../model/frame'
import { addressesFrom, grown, levelFor, placeTile, type TileAddress, tilesIn } from '../model/pyramid'
import type { Level } from '../model/slide'

export interface Plan {
  level: Level
  /** Tiles of `level` on the screen, nearest to the centre first. */
  visible: TileAddress[]
  /** A few coarse tiles that give a picture at once while the sharp ones are on their way. */
  base: TileAddress[]
  /** Tiles around the view and one step out and in, for the next movement. */
  ahead: TileAddress[]
}

/** Two steps coarser: a sixteenth of the tiles, still recognisable. */
const BASE_STEPS = 2
const MOST_AHEAD = 80

export function planTiles(levels: readonly Level[], slide: Extent, camera: Camera, viewport: Extent, ratio: number): Plan {
  const level = levelFor(levels, camera.resolution / ratio)
  const seen = visibleRegion(camera, viewport)
  const centre = [camera.x, camera.y] as const
  const onScreen = (of: Level) =>
    addressesFrom(of, tilesIn(of, seen), ...centre).filter((address) => touches(of, address, slide, camera, viewport))
  const visible = onScreen(level)

  const coarsest = levels[0]
  const under = levels[level.z - BASE_STEPS]
  const base: TileAddress[] = []
  if (coarsest !== undefined && coarsest !== level && coarsest.cols * coarsest.rows <= 4)
    base.push(...addressesFrom(coarsest, tilesIn(coarsest, { left: 0, top: 0, right: slide.width, bottom: slide.height }), ...centre))
  if (under !== undefined && under !== coarsest) base.push(...onScreen(under))

  return { level, visible, base, ahead: aheadOf(levels, level, seen, centre, visible) }
}

function aheadOf(
  levels: readonly Level[],
  level: Level,
  seen: ReturnType<typeof visibleRegion>,
  centre: readonly [number, number],
  visible: readonly TileAddress[],
): TileAddress[] {
  const known = new Set(visible.map((address) => `${address.x},${address.y}`))
  const around = grown(seen, level.tile_width * level.downsample_x, level.tile_height * level.downsample_y)
  const ring = addressesFrom(level, tilesIn(level, around), ...centre).filter(
    (address) => !known.has(`${address.x},${address.y}`),
  )
  const out = levels[level.z - 1]
  const wider = out === undefined ? [] : addressesFrom(out, tilesIn(out, seen), ...centre)
  const into = levels[level.z + 1]
  const width = (seen.right - seen.left) / 4
  const height = (seen.bottom - seen.top) / 4
  const closer = into === undefined ? [] : addressesFrom(into, tilesIn(into, grown(seen, -width, -height)), ...centre)
  return [...ring, ...wider, ...closer].slice(0, MOST_AHEAD)
}

/** Whether a tile may be on the screen: a rotated view's bounding box holds many that are not. */
function touches(level: Level, address: TileAddress, slide: Extent, camera: Camera, viewport: Extent): boolean {
  const { region } = placeTile(level, address, slide.width, slide.height)
  const middle = { x: (region.left + region.right) / 2, y: (region.top + region.bottom) / 2 }
  const at = slideToScreen(middle, camera, viewport)
  const reach = Math.hypot(region.right - region.left, region.bottom - region.top) / 2 / camera.resolution
  const dx = Math.max(0, -at.x, at.x - viewport.width)
  const dy = Math.max(0, -at.y, at.y - viewport.height)
  return Math.hypot(dx, dy) <= reach
}
