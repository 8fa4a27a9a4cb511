/** Two people changed one outline at once: both are shown, dashed and with names, until somebody chooses. */
import { t } from '../../i18n'
import type { Conflict, Geometry } from '../../model/annotations/types'
import { type Lens, onScreen } from './lens'
import { drawMark, drawWords, HALO } from './marks'
import { outlineOf } from './outline'

/** Okabe and Ito's blue and orange: told apart by every eye. */
const MINE = '#56b4e9'
const THEIRS = '#e69f00'

export function drawConflicts(context: CanvasRenderingContext2D, conflicts: readonly Conflict[], lens: Lens): void {
  for (const { mine, theirs, mine_name, theirs_name } of conflicts) {
    drawVersion(context, mine.geometry, lens, MINE)
    drawVersion(context, theirs.geometry, lens, THEIRS)
    // The names stand at opposite ends, so that versions that hardly differ keep theirs apart.
    nameVersion(context, mine.geometry, lens, MINE, t('draw.conflict.mine', { name: mine_name }), -16)
    nameVersion(context, theirs.geometry, lens, THEIRS, t('draw.conflict.theirs', { name: theirs_name }), 16)
  }
}

function drawVersion(context: CanvasRenderingContext2D, geometry: Geometry, lens: Lens, colour: string): void {
  drawMark(context, geometry, lens, { colour, opacity: 1, fill: 0.1, width: 2.5, dashed: true, halo: HALO })
}

function nameVersion(
  context: CanvasRenderingContext2D,
  geometry: Geometry,
  lens: Lens,
  colour: string,
  text: string,
  beside: number,
): void {
  const { box } = outlineOf(geometry)
  const ends = ([[box.minX, box.minY], [box.maxX, box.minY], [box.maxX, box.maxY], [box.minX, box.maxY]] as const).map((corner) =>
    onScreen(lens, corner),
  )
  const ys = ends.map((end) => end.y)
  const y = beside < 0 ? Math.min(...ys) : Math.max(...ys)
  const x = Math.min(...ends.map((end) => end.x))
  drawWords(context, { x, y: y + beside }, text, lens.ratio, colour, 12)
}
