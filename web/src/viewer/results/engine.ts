/** All objects of one result layer and everything that is computed over them; lives in a worker. */
import { type Palette, paletteOf, placeOfClass, placesOf } from '../../model/results/colouring'
import { classColumn, columnOf, type Values, valuesOf } from '../../model/results/columns'
import { applyFilter, CORRECTED, type Filter, mark, NO_FILTER, SELECTED, SHOWN } from '../../model/results/filters'
import { categoryCounts, histogram, moments } from '../../model/results/statistics'
import { Centroids, nearestObject, paintDensity } from './density'
import type { ColumnStatistics, Look, Opening, PaintWanted, Picked, PickWanted } from './messages'
import { type ObjectTile, readTile } from './mvt'
import { objectAt, paintShapes } from './shapes'

export class ResultEngine {
  private readonly centroids: Centroids
  private readonly columns = new Map<string, Values>()
  private readonly tiles = new Map<string, ObjectTile>()
  private readonly classes: string | null
  private filter: Filter = NO_FILTER
  private look: Look = { colouring: { kind: 'plain', colour: '#e69f00' }, fill: true, outline: true }
  private palette: Palette = paletteOf(this.look.colouring)
  private places: Uint16Array | null = null
  readonly flags: Uint8Array

  constructor(private readonly opening: Opening) {
    this.centroids = new Centroids(opening.count, opening.width, opening.height)
    this.flags = new Uint8Array(opening.count).fill(SHOWN)
    this.classes = classColumn(opening.columns)?.name ?? null
  }

  /** The next middles have come; gives how many are there. */
  addCentroids(bytes: ArrayBuffer): number {
    this.centroids.add(new Uint16Array(bytes))
    return this.centroids.arrived
  }

  /** A column has come: filter and colours that wait for it hold from now on. */
  addColumn(name: string, bytes: ArrayBuffer): number {
    const column = columnOf(this.opening.columns, name)
    if (column === null) throw new Error(`no column ${name}`)
    const values = valuesOf(column, bytes)
    if (values.length !== this.opening.count) throw new Error(`column ${name} is not of this layer`)
    this.columns.set(name, values)
    this.places = placesOf(this.look.colouring, this.columns)
    return applyFilter(this.flags, this.columns, this.filter)
  }

  setLook(look: Look): void {
    this.look = look
    this.palette = paletteOf(look.colouring)
    this.places = placesOf(look.colouring, this.columns)
  }

  /** Gives how many objects are shown. */
  setFilter(filter: Filter): number {
    this.filter = filter
    return applyFilter(this.flags, this.columns, filter)
  }

  setCorrected(numbers: Uint32Array): number {
    mark(this.flags, numbers, CORRECTED)
    return applyFilter(this.flags, this.columns, this.filter)
  }

  /** Gives how many of the selected objects are shown. */
  setSelected(numbers: Uint32Array): number {
    mark(this.flags, numbers, SELECTED)
    let shown = 0
    for (const number of numbers) if (((this.flags[number] ?? 0) & SHOWN) !== 0) shown++
    return shown
  }

  addTile(key: string, body: ArrayBuffer): number {
    const tile = readTile(body)
    this.tiles.set(key, tile)
    return tile.count
  }

  drop(keys: readonly string[]): void {
    for (const key of keys) this.tiles.delete(key)
  }

  paint(wanted: PaintWanted, context: OffscreenCanvasRenderingContext2D): void {
    const { side, downsample, source } = wanted
    const objectPx = this.opening.objectPx / downsample
    const { palette, places, flags } = this
    if (source === null) {
      // Until the column has come that gives the colours, none is known.
      const place = this.look.colouring.kind === 'plain' ? 0 : palette.css.length - 1
      const ink = { palette, places, place, flags, objectPx }
      const pixels = paintDensity(this.centroids, wanted.left, wanted.top, downsample, side, ink)
      context.putImageData(new ImageData(pixels, side, side), 0, 0)
      return
    }
    context.clearRect(0, 0, side, side)
    const tile = this.tiles.get(source.key)
    if (tile === undefined) throw new Error(`no tile ${source.key}`)
    const { colouring, fill, outline } = this.look
    const place = (number: number, code: number) =>
      places === null ? placeOfClass(colouring, code, this.classes) : (places[number] ?? palette.css.length - 1)
    const scale = ((source.side / tile.extent) * source.downsample) / downsample
    const at = { scale, left: (source.left - wanted.left) / downsample, top: (source.top - wanted.top) / downsample, side }
    paintShapes(context, tile, at, { palette, place, flags, fill, outline, objectPx })
  }

  pick({ x, y, reach, source }: PickWanted): Picked | null {
    const number = this.find(x, y, reach, source)
    if (number === null) return null
    const values: Record<string, number> = {}
    for (const [name, column] of this.columns) values[name] = column[number] as number
    return { object_no: number, values }
  }

  figures(names: readonly string[], selected: boolean): ColumnStatistics[] {
    return names.flatMap((name): ColumnStatistics[] => {
      const column = columnOf(this.opening.columns, name)
      const values = this.columns.get(name)
      if (column === null || values === undefined) return []
      const { flags } = this
      const flag = selected ? SHOWN | SELECTED : SHOWN
      const nothing = { name, all: null, shown: null, counts: null, shownCounts: null, moments: null }
      if (column.kind === 'category') {
        const many = column.categories.length
        return [{ ...nothing, counts: categoryCounts(values, many), shownCounts: categoryCounts(values, many, flags, flag) }]
      }
      const min = column.min ?? 0
      const max = column.max ?? 0
      const all = histogram(values, min, max)
      return [{ ...nothing, all, shown: histogram(values, min, max, flags, flag), moments: moments(values, flags, flag) }]
    })
  }

  private find(x: number, y: number, reach: number, source: PickWanted['source']): number | null {
    if (source === null) return nearestObject(this.centroids, x, y, reach, this.flags)
    const tile = this.tiles.get(source.key)
    if (tile === undefined) return null
    const unit = (source.side / tile.extent) * source.downsample
    return objectAt(tile, (x - source.left) / unit, (y - source.top) / unit, reach / unit, this.flags)
  }
}
