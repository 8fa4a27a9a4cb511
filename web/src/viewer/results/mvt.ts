/**
 * Reads vector tiles (Mapbox Vector Tile specification 2.1) into flat arrays: a tile of thousands of outlines is
 * painted many times, and arrays of numbers are painted and searched faster than objects.
 */

/** Objects of one tile; coordinates are in units of `extent` from the tile's corner. */
export interface ObjectTile {
  readonly extent: number
  readonly count: number
  /** `object_no` of each. */
  readonly numbers: Uint32Array
  /** The class code in the tile. */
  readonly classes: Uint16Array
  /** Left, top, right, bottom of each, in turn. */
  readonly boxes: Int32Array
  /** The first ring of each, and one past the last; a point is a ring of one corner. */
  readonly rings: Uint32Array
  /** The first corner of each ring, and one past the last. */
  readonly corners: Uint32Array
  /** x and y of each corner, in turn. */
  readonly xy: Int32Array
}

const DEFAULT_EXTENT = 4096
const CLASS_KEY = 'c'
const NO_CLASS = 0xffff
const MOVE = 1
const LINE = 2

/** What stands in the bytes between two places. */
class Reader {
  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
    readonly end = bytes.length,
  ) {}

  get more(): boolean {
    return this.at < this.end
  }

  /** An unsigned number; exact up to 2^53. */
  varint(): number {
    let value = 0
    let factor = 1
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) throw new Error('the tile is cut off')
      const byte = this.bytes[this.at++] as number
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    throw new Error('the tile holds a number that does not end')
  }

  signed(): number {
    const value = this.varint()
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }

  /** The part that comes next, with its length before it. */
  part(): Reader {
    const length = this.varint()
    const start = this.at
    if (start + length > this.end) throw new Error('the tile is cut off')
    this.at = start + length
    return new Reader(this.bytes, start, this.at)
  }

  skip(wire: number): void {
    if (wire === 0) this.varint()
    else if (wire === 1) this.at += 8
    else if (wire === 2) this.part()
    else if (wire === 5) this.at += 4
    else throw new Error('the tile holds what the format does not know')
  }

  text(): string {
    return new TextDecoder().decode(this.bytes.subarray(this.at, this.end))
  }
}

export function readTile(body: ArrayBuffer): ObjectTile {
  const tile = new Reader(new Uint8Array(body))
  const found = new Collected()
  while (tile.more) {
    const tag = tile.varint()
    if (tag === 0x1a) readLayer(tile.part(), found)
    else tile.skip(tag & 7)
  }
  return found.tile()
}

function readLayer(layer: Reader, found: Collected): void {
  const features: Reader[] = []
  const keys: string[] = []
  const values: number[] = []
  while (layer.more) {
    const tag = layer.varint()
    if (tag === 0x12) features.push(layer.part())
    else if (tag === 0x1a) keys.push(layer.part().text())
    else if (tag === 0x22) values.push(readValue(layer.part()))
    else if (tag === 0x28) found.extent = layer.varint()
    else layer.skip(tag & 7)
  }
  const classKey = keys.indexOf(CLASS_KEY)
  for (const feature of features) readFeature(feature, classKey, values, found)
}

/** Only whole numbers are of interest. */
function readValue(value: Reader): number {
  let read = NO_CLASS
  while (value.more) {
    const tag = value.varint()
    if (tag === 0x20 || tag === 0x28) read = value.varint()
    else if (tag === 0x30) read = value.signed()
    else value.skip(tag & 7)
  }
  return read
}

function readFeature(feature: Reader, classKey: number, values: readonly number[], found: Collected): void {
  let number = 0
  let code = NO_CLASS
  let geometry: Reader | null = null
  while (feature.more) {
    const tag = feature.varint()
    if (tag === 0x08) number = feature.varint()
    else if (tag === 0x12) {
      const tags = feature.part()
      while (tags.more) {
        const key = tags.varint()
        const value = tags.varint()
        if (key === classKey) code = values[value] ?? NO_CLASS
      }
    } else if (tag === 0x22) geometry = feature.part()
    else feature.skip(tag & 7)
  }
  if (geometry !== null) found.add(number, code, geometry)
}

class Collected {
  extent = DEFAULT_EXTENT
  private readonly numbers: number[] = []
  private readonly classes: number[] = []
  private readonly boxes: number[] = []
  private readonly rings: number[] = [0]
  private readonly corners: number[] = []
  private readonly xy: number[] = []

  add(number: number, code: number, geometry: Reader): void {
    const { corners, xy } = this
    let x = 0
    let y = 0
    let left = Infinity
    let top = Infinity
    let right = -Infinity
    let bottom = -Infinity
    while (geometry.more) {
      const command = geometry.varint()
      const kind = command & 7
      if (kind !== MOVE && kind !== LINE) continue
      for (let i = command >> 3; i > 0; i--) {
        x += geometry.signed()
        y += geometry.signed()
        if (kind === MOVE) corners.push(xy.length / 2)
        xy.push(x, y)
        if (x < left) left = x
        if (x > right) right = x
        if (y < top) top = y
        if (y > bottom) bottom = y
      }
    }
    this.numbers.push(number)
    this.classes.push(code)
    this.boxes.push(left, top, right, bottom)
    this.rings.push(corners.length)
  }

  tile(): ObjectTile {
    return {
      extent: this.extent,
      count: this.numbers.length,
      numbers: Uint32Array.from(this.numbers),
      classes: Uint16Array.from(this.classes),
      boxes: Int32Array.from(this.boxes),
      rings: Uint32Array.from(this.rings),
      corners: Uint32Array.from(this.corners.concat(this.xy.length / 2)),
      xy: Int32Array.from(this.xy),
    }
  }
}
