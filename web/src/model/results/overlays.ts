/** Raster overlays: what a layer says of itself, and the style of its tiles. */
import type { Layer } from '../annotations/types'
import { type ColourMap, COLOUR_MAPS } from './colouring'
import type { Category } from './columns'

export interface OverlayLevel {
  readonly z: number
  readonly downsample: number
  readonly tile_size_px: number
}

export interface OverlayCategory extends Category {
  readonly label: number
}

export interface OverlayInfo {
  /** Areas with a number each, or a probability at every place. */
  readonly kind: 'labels' | 'heatmap'
  readonly levels: readonly OverlayLevel[]
  /** The values that occur. */
  readonly min: number
  readonly max: number
  /** What the labels mean. */
  readonly categories: readonly OverlayCategory[]
  readonly style: OverlayStyle
}

export interface OverlayStyle {
  readonly map: ColourMap
  readonly low: number
  readonly high: number
  /** Labels that are not shown. */
  readonly hidden: readonly number[]
}

/** What a layer of the kind `overlay` says of itself; null when it says nothing that can be shown. */
export function readOverlay(layer: Pick<Layer, 'info'>): OverlayInfo | null {
  const { info } = layer
  const levels = Array.isArray(info['levels']) ? (info['levels'] as OverlayLevel[]) : []
  if (levels.length === 0) return null
  const kind = info['raster'] === 'labels' ? 'labels' : 'heatmap'
  const min = numberOf(info['min'], 0)
  const max = numberOf(info['max'], 1)
  const categories = Array.isArray(info['categories'])
    ? (info['categories'] as { label: number; name: string; colour?: string | null }[]).map((one) => ({ ...one, colour: one.colour ?? null }))
    : []
  const map = COLOUR_MAPS.find((one) => one === info['colour_map']) ?? 'viridis'
  const ordered = [...levels].sort((a, b) => a.z - b.z)
  return { kind, levels: ordered, min, max, categories, style: { map, low: min, high: max, hidden: [] } }
}

/** The style as the address of a tile says it: the same style is the same address. */
export function overlayQuery({ map, low, high, hidden }: OverlayStyle): string {
  const query = new URLSearchParams({ map, low: String(low), high: String(high) })
  if (hidden.length > 0) query.set('hidden', [...hidden].sort((a, b) => a - b).join(','))
  return query.toString()
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
}
