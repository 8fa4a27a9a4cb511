/** Which rows of a long list to draw: those in sight and a margin, so that 100,000 cost no more than 100. */
export interface RowWindow {
  readonly first: number
  /** One past the last. */
  readonly end: number
}

/** Rows of equal height, in a box `viewHeight` high that is scrolled to `scrollTop`. */
export function rowWindow(
  rowCount: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
  margin = 3,
): RowWindow {
  if (rowCount <= 0 || rowHeight <= 0) return { first: 0, end: 0 }
  const last = rowCount - 1
  const first = Math.max(0, Math.min(last, Math.floor(scrollTop / rowHeight)) - margin)
  const end = Math.min(rowCount, Math.ceil((scrollTop + viewHeight) / rowHeight) + margin)
  return { first, end: Math.max(end, first) }
}

/** Where to scroll so that a row is wholly in sight; the present place if it is already. */
export function scrollToShow(row: number, rowHeight: number, scrollTop: number, viewHeight: number): number {
  const top = row * rowHeight
  if (top < scrollTop) return top
  const below = top + rowHeight - viewHeight
  return below > scrollTop ? below : scrollTop
}

/** How many columns of at least `least` pixels fit, and how wide each then is. */
export function columnsThatFit(width: number, least: number, gap: number): { columns: number; columnWidth: number } {
  const columns = Math.max(1, Math.floor((width + gap) / (least + gap)))
  return { columns, columnWidth: Math.max(0, (width - gap * (columns - 1)) / columns) }
}

/** The item that a key leads to from item `at` (-1: none yet), or null when the key means no move. */
export function itemMove(key: string, at: number, count: number, columns: number, pageRows: number): number | null {
  if (count === 0) return null
  if (at < 0) return MOVES.has(key) ? (key === 'End' ? count - 1 : 0) : null
  const step = stepOf(key, at, count, columns, pageRows)
  return step === null ? null : Math.max(0, Math.min(count - 1, at + step))
}

const MOVES = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'])

function stepOf(key: string, at: number, count: number, columns: number, pageRows: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return columns > 1 ? -1 : 0
    case 'ArrowRight':
      return columns > 1 ? 1 : 0
    case 'ArrowUp':
      return at >= columns ? -columns : 0
    case 'ArrowDown':
      return downStep(at, count, columns)
    case 'PageUp':
      return -Math.min(Math.floor(at / columns), pageRows) * columns
    case 'PageDown':
      return Math.min(Math.floor((count - 1) / columns) - Math.floor(at / columns), pageRows) * columns
    case 'Home':
      return -at
    case 'End':
      return count - 1 - at
    default:
      return null
  }
}

/** Down goes to the last item when the row below is too short; on the last row it stays. */
function downStep(at: number, count: number, columns: number): number {
  const lastRow = Math.floor((count - 1) / columns)
  return Math.floor(at / columns) >= lastRow ? 0 : columns
}
