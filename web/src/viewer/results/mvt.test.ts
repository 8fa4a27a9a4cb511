import { PbfWriter } from 'pbf'
import MVT from 'ol/format/MVT.js'
import RenderFeature from 'ol/render/Feature.js'
import { describe, expect, it } from 'vitest'
import { SHOWN } from '../../model/results/filters'
import { readTile } from './mvt'
import { objectAt } from './shapes'

type Ring = readonly (readonly [number, number])[]
interface Feature {
  id: number
  code: number | null
  /** 1 point, 3 polygon. */
  type: 1 | 3
  rings: readonly Ring[]
}

const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value)

function geometryOf({ type, rings }: Feature): number[] {
  const words: number[] = []
  let x = 0
  let y = 0
  const go = (to: readonly [number, number]) => {
    words.push(zigzag(to[0] - x), zigzag(to[1] - y))
    ;[x, y] = to
  }
  for (const [first, ...rest] of rings) {
    if (first === undefined) continue
    words.push((1 << 3) | 1)
    go(first)
    if (type === 1) continue
    words.push((rest.length << 3) | 2)
    rest.forEach(go)
    words.push((1 << 3) | 7)
  }
  return words
}

/** A tile by an encoder that is not ours. */
function tileOf(features: readonly Feature[]): ArrayBuffer {
  const codes = [...new Set(features.flatMap(({ code }) => (code === null ? [] : [code])))]
  const pbf = new PbfWriter()
  pbf.writeMessage(3, (_: null, layer: PbfWriter) => {
    layer.writeVarintField(15, 2)
    layer.writeStringField(1, 'objects')
    for (const feature of features)
      layer.writeMessage(2, (one: Feature, out: PbfWriter) => {
        out.writeVarintField(1, one.id)
        if (one.code !== null) out.writePackedVarint(2, [1, codes.indexOf(one.code)])
        out.writeVarintField(3, one.type)
        out.writePackedVarint(4, geometryOf(one))
      }, feature)
    layer.writeStringField(3, 'other')
    layer.writeStringField(3, 'c')
    for (const code of codes) layer.writeMessage(4, (value: number, out: PbfWriter) => out.writeVarintField(5, value), code)
    layer.writeVarintField(5, 4096)
  }, null)
  return Uint8Array.from(pbf.finish()).buffer
}

const square = (x: number, y: number, side: number): Ring => [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
const hole = (x: number, y: number, side: number): Ring => [...square(x, y, side)].reverse()
const FEATURES: readonly Feature[] = [
  { id: 3, code: 0, type: 3, rings: [square(100, 100, 400)] },
  { id: 70_000, code: 5, type: 3, rings: [square(1000, 1000, 900), hole(1200, 1200, 300)] },
  { id: 4_000_000_000, code: null, type: 3, rings: [square(-60, 4000, 200), square(3000, 3000, 50)] },
  { id: 9, code: 5, type: 1, rings: [[[2000, 50]]] },
]

describe('readTile', () => {
  it('reads what another reader reads', () => {
    const body = tileOf(FEATURES)
    const ours = readTile(body)
    const theirs = new MVT({ featureClass: RenderFeature }).readFeatures(body)
    expect(ours.count).toBe(theirs.length)
    theirs.forEach((feature, i) => {
      expect(ours.numbers[i]).toBe(feature.getId())
      expect(ours.classes[i]).toBe(feature.get('c') ?? 0xffff)
      const extent = feature.getExtent()
      // It turns y round: the boxes are compared by their width and height, and x by its place.
      const [left = 0, top = 0, right = 0, bottom = 0] = ours.boxes.subarray(4 * i, 4 * i + 4)
      expect([left, right]).toEqual([extent[0], extent[2]])
      expect(bottom - top).toBe((extent[3] as number) - (extent[1] as number))
    })
    expect(ours.rings).toEqual(Uint32Array.of(0, 1, 3, 5, 6))
    expect([...ours.xy.subarray(0, 8)]).toEqual(square(100, 100, 400).flat())
  })

  it('reads a tile without objects, which is no byte', () => {
    expect(readTile(new ArrayBuffer(0)).count).toBe(0)
  })

  it('refuses a tile that is cut off', () => {
    const body = tileOf(FEATURES)
    expect(() => readTile(body.slice(0, body.byteLength - 9))).toThrow('cut off')
  })
})

describe('objectAt', () => {
  const tile = readTile(tileOf(FEATURES.map((feature, i) => ({ ...feature, id: i }))))
  const flags = new Uint8Array(4).fill(SHOWN)

  it('finds what is there, not what only surrounds it', () => {
    expect(objectAt(tile, 150, 150, 4, flags)).toBe(0)
    expect(objectAt(tile, 1100, 1100, 4, flags)).toBe(1)
    expect(objectAt(tile, 1350, 1350, 4, flags)).toBeNull()
    expect(objectAt(tile, -10, 4100, 4, flags)).toBe(2)
    expect(objectAt(tile, 3020, 3020, 4, flags)).toBe(2)
    expect(objectAt(tile, 2003, 50, 4, flags)).toBe(3)
    expect(objectAt(tile, 2010, 50, 4, flags)).toBeNull()
  })

  it('finds nothing that is filtered out', () => {
    expect(objectAt(tile, 150, 150, 4, new Uint8Array(4))).toBeNull()
  })
})
