/** Chooses what to draw from the tiles that are there, and names those to fetch. */
import type { Extent } from '../model/frame'
import { placeTile, type Region, type TileAddress, tilesIn } from '../model/pyramid'
import type { Level, Slide } from '../model/slide'
import { type Look, tileKey, tileUrl } from './look'
import type { Piece, Picture } from './paint'
import type { Plan } from './plan'
import type { TileShelf } from './tileCache'
import type { TileJob } from './tileLoader'

export interface Composition {
  picture: Picture
  jobs: TileJob[]
  /** Visible tiles that are not there. */
  holes: number
}

export interface Sources {
  slide: Slide
  size: Extent
  look: Look
  /** The look before the last change: shown until the new one arrives, so that sliders do not flicker. */
  previous: Look | null
  cache: Pick<TileShelf, 'has' | 'get'>
  isMissing(key: string): boolean
}

export function compose(plan: Plan, sources: Sources): Composition {
  const { slide, size, look, cache } = sources
  const sharp: Piece[] = []
  const missing: Region[] = []
  const holes: Region[] = []
  for (const address of plan.visible) {
    const found = piece(sources, plan.level, address, look)
    if (found !== null) {
      sharp.push(found)
      continue
    }
    const { region } = placeTile(plan.level, address, size.width, size.height)
    holes.push(region)
    if (sources.isMissing(tileKey(look, address))) missing.push(region)
  }
  const stands = holes.length === 0 ? [] : standIns(plan, sources, holes)
  const jobs: TileJob[] = []
  const ask = (address: TileAddress, visible: boolean) => {
    const key = tileKey(look, address)
    if (!cache.has(key)) jobs.push({ key, url: tileUrl(slide, look, address), managed: look.managed, visible })
  }
  for (const address of plan.base) ask(address, holes.length > 0)
  for (const address of plan.visible) ask(address, true)
  for (const address of plan.ahead) ask(address, false)
  return { picture: { slide: size, pieces: [...stands, ...sharp], missing }, jobs, holes: holes.length }
}

function piece(sources: Sources, level: Level, address: TileAddress, look: Look): Piece | null {
  const image = sources.cache.get(tileKey(look, address))
  if (image === undefined) return null
  return { image, ...placeTile(level, address, sources.size.width, sources.size.height) }
}

/** What to show in the holes: coarser levels, then finer ones, then this level in the previous look. */
function standIns(plan: Plan, sources: Sources, holes: readonly Region[]): Piece[] {
  const levels = sources.slide.levels
  const coarser = levels.filter((level) => level.z < plan.level.z)
  const finer = levels.filter((level) => level.z > plan.level.z && level.z <= plan.level.z + 2)
  const looks = sources.previous === null ? [sources.look] : [sources.previous, sources.look]
  const pieces: Piece[] = []
  for (const level of [...coarser, ...finer, plan.level])
    for (const look of looks)
      for (const address of touching(level, holes)) {
        const found = piece(sources, level, address, look)
        if (found !== null) pieces.push(found)
      }
  return pieces
}

function touching(level: Level, holes: readonly Region[]): TileAddress[] {
  const found = new Map<string, TileAddress>()
  for (const hole of holes) {
    const range = tilesIn(level, hole)
    for (let y = range.top; y < range.bottom; y++)
      for (let x = range.left; x < range.right; x++) found.set(`${x},${y}`, { z: level.z, x, y })
  }
  return [...found.values()]
}
