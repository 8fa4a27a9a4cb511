/**
 * What of a slide was seen, cell by cell. The grid is derived from the slide by the same rule as on the
 * server (docs/decisions/0007), so that cells can be named before anybody asks for the map.
 */
import { type Camera, type Extent, type Point, slideToScreen, visibleRegion } from './frame'
import { resolutionForObjective } from './magnification'
import type { Slide } from './slide'

const CELL_UM = 64
const CELL_PX_WITHOUT_SCALE = 256
const MOST_CELLS = 2 ** 18
const SEEN_FROM_OBJECTIVE = 10
/** Without a scale: level-0 pixels per CSS pixel. */
const SEEN_FROM_RESOLUTION = 2
const SLACK = 1 + 1e-6

export interface Grid {
  readonly cols: number
  readonly rows: number
  readonly cellPx: number
}

type Measured = Pick<Slide, 'width' | 'height' | 'mpp_x' | 'mpp_y'>

export function gridOf({ width, height, mpp_x: mpp }: Measured): Grid {
  const across = width ?? 0
  const down = height ?? 0
  let cellPx = mpp === null ? CELL_PX_WITHOUT_SCALE : Math.max(1, Math.round(CELL_UM / mpp))
  while (Math.ceil(across / cellPx) * Math.ceil(down / cellPx) > MOST_CELLS) cellPx *= 2
  return { cols: Math.ceil(across / cellPx), rows: Math.ceil(down / cellPx), cellPx }
}

/** The farthest out at which looking counts as having seen, in level-0 pixels per CSS pixel. */
export function seenFrom(slide: Measured): number {
  return (resolutionForObjective(slide, SEEN_FROM_OBJECTIVE) ?? SEEN_FROM_RESOLUTION) * SLACK
}

/** The middle of what lies of a cell on the slide, in level-0 pixels. */
export function middleOf(cell: number, grid: Grid, slide: Extent): Point {
  const left = (cell % grid.cols) * grid.cellPx
  const top = Math.floor(cell / grid.cols) * grid.cellPx
  return {
    x: (left + Math.min(left + grid.cellPx, slide.width)) / 2,
    y: (top + Math.min(top + grid.cellPx, slide.height)) / 2,
  }
}

/** The cells whose middle is on the screen. */
export function cellsInView(camera: Camera, viewport: Extent, grid: Grid, slide: Extent): number[] {
  const region = visibleRegion(camera, viewport)
  const first = (from: number) => Math.max(0, Math.floor(from / grid.cellPx))
  const last = (to: number, count: number) => Math.min(count - 1, Math.floor(to / grid.cellPx))
  const cells: number[] = []
  for (let row = first(region.top); row <= last(region.bottom, grid.rows); row++)
    for (let col = first(region.left); col <= last(region.right, grid.cols); col++) {
      const cell = row * grid.cols + col
      const at = slideToScreen(middleOf(cell, grid, slide), camera, viewport)
      if (at.x >= 0 && at.y >= 0 && at.x <= viewport.width && at.y <= viewport.height) cells.push(cell)
    }
  return cells
}

/** One byte a cell from base64 of one bit a cell, the lowest bit of a byte first. */
export function unpacked(base64: string, grid: Grid): Uint8Array {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  return Uint8Array.from({ length: grid.cols * grid.rows }, (_, cell) => ((bytes[cell >> 3] ?? 0) >> (cell & 7)) & 1)
}

/** How much of the tissue was not seen, 0 to 1; null when there is none. */
export function unseenShare(tissue: Uint8Array, seen: Uint8Array): number | null {
  let whole = 0
  let unseen = 0
  tissue.forEach((there, cell) => {
    whole += there
    if (there === 1 && seen[cell] === 0) unseen += 1
  })
  return whole === 0 ? null : unseen / whole
}

/** Whole per cent that never says "nothing" of something or "all" of less. */
export function wholePercent(share: number): number {
  if (share <= 0 || share >= 1) return share <= 0 ? 0 : 100
  return Math.min(99, Math.max(1, Math.round(share * 100)))
}

/** The unseen tissue cell nearest to a point, or null when there is none. */
export function nearestUnseen(from: Point, grid: Grid, slide: Extent, tissue: Uint8Array, seen: Uint8Array): number | null {
  let best: number | null = null
  let least = Infinity
  tissue.forEach((there, cell) => {
    if (there !== 1 || seen[cell] !== 0) return
    const at = middleOf(cell, grid, slide)
    const away = (at.x - from.x) ** 2 + (at.y - from.y) ** 2
    if (away >= least) return
    least = away
    best = cell
  })
  return best
}

/** The cell under a point, or null outside the slide. */
export function cellAt({ x, y }: Point, grid: Grid): number | null {
  const col = Math.floor(x / grid.cellPx)
  const row = Math.floor(y / grid.cellPx)
  return col >= 0 && row >= 0 && col < grid.cols && row < grid.rows ? row * grid.cols + col : null
}
