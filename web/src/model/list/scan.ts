import type { Root } from '../../api/imports'

/** How far the registration of all served folders is, as one figure. */
export interface ScanProgress {
  readonly folders: readonly Root[]
  readonly found: number
  readonly done: number
  readonly rate_per_s: number | null
  readonly seconds_left: number | null
}

/** Sum up the folders that are being registered; null when none is. */
export function scanProgress(roots: readonly Root[]): ScanProgress | null {
  const folders = roots.filter((root) => root.scanning)
  if (folders.length === 0) return null
  const rates = folders.map((root) => root.rate_per_s).filter((rate) => rate !== null)
  const left = folders.map((root) => root.seconds_left).filter((seconds) => seconds !== null)
  return {
    folders,
    found: sum(folders.map((root) => root.found)),
    done: sum(folders.map((root) => root.done)),
    rate_per_s: rates.length > 0 ? sum(rates) : null,
    // The folders are registered side by side: the slowest says when it is over.
    seconds_left: left.length === folders.length ? Math.max(...left) : null,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
