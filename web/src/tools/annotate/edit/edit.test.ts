import { describe, expect, it } from 'vitest'
import type { Geometry } from '../../../model/annotations/types'
import { area, bounds } from '../../../model/annotations/shapes'
import { frameOf } from '../../../viewer/annotations/handles'
import { Bench } from '../bench'
import { scaled, turned } from './transform'

const square = (x: number, y: number, side: number): Geometry => ({ kind: 'rectangle', x, y, width: side, height: side, rotation: 0 })
const triangle: Geometry = { kind: 'polygon', rings: [[[100, 100], [300, 100], [100, 300]]] }

describe('selecting', () => {
  it('takes the smallest object under a click, and none beside all', () => {
    const bench = new Bench()
    bench.put(square(0, 0, 400))
    const small = bench.put(square(100, 100, 50))
    bench.click([120, 120])
    expect(bench.selected()).toEqual([small])
    bench.click([900, 700])
    expect(bench.selected()).toEqual([])
  })

  it('takes more with Shift and lets go with Shift again', () => {
    const bench = new Bench()
    const [one, other] = [bench.put(square(0, 0, 50)), bench.put(square(100, 0, 50))]
    bench.click([20, 20]).click([120, 20], { shift: true })
    expect(bench.selected()).toEqual([one, other])
    bench.click([20, 20], { shift: true })
    expect(bench.selected()).toEqual([other])
  })

  it('takes what lies in a box drawn with Ctrl', () => {
    const bench = new Bench()
    const inside = [bench.put(square(10, 10, 20)), bench.put({ kind: 'point', at: [60, 60] })]
    bench.put(square(300, 300, 20))
    bench.drag([[0, 0], [50, 50], [100, 100]], { ctrl: true })
    expect(bench.selected()).toEqual(inside)
    expect(bench.isClean()).toBe(true)
  })

  it('leaves the slide to move where nothing is selected', () => {
    const bench = new Bench()
    bench.put(square(0, 0, 50))
    expect(bench.tool.down(bench.event([20, 20]))).toBe(false)
    expect(bench.tool.drag(bench.event([60, 20]))).toBe(false)
    expect(bench.tool.up(bench.event([60, 20]))).toBe(false)
    expect(bench.selected()).toEqual([])
  })
})

describe('moving', () => {
  it('moves all the selected by the inside of one, as one step of undo', () => {
    const bench = new Bench()
    bench.document.select([bench.put(square(0, 0, 50)), bench.put(square(100, 0, 50))])
    bench.drag([[25, 25], [60, 40], [65, 55]])
    expect(bench.shapes()).toEqual([square(40, 30, 50), square(140, 30, 50)])
    bench.document.undo()
    expect(bench.shapes()).toEqual([square(0, 0, 50), square(100, 0, 50)])
  })

  it('takes the nucleus along with its cell', () => {
    const bench = new Bench()
    const id = bench.put(square(0, 0, 50), { nucleus: square(20, 20, 10), object_type: 'cell' })
    bench.document.select([id])
    bench.drag([[15, 38], [25, 48]])
    expect(bench.document.get(id)).toMatchObject({ geometry: square(10, 10, 50), nucleus: square(30, 30, 10) })
  })

  it('gives up with Escape', () => {
    const bench = new Bench()
    bench.document.select([bench.put(square(0, 0, 50))])
    bench.tool.down(bench.event([25, 25]))
    bench.tool.drag(bench.event([80, 80]))
    expect(bench.tool.cancel()).toBe(true)
    bench.tool.up(bench.event([80, 80]))
    expect(bench.shapes()).toEqual([square(0, 0, 50)])
    expect(bench.isClean()).toBe(true)
  })

  it('keeps still what is locked', () => {
    const bench = new Bench()
    const id = bench.put(square(0, 0, 50))
    bench.document.change(id, { locked: true })
    bench.document.select([id])
    expect(bench.tool.down(bench.event([25, 25]))).toBe(false)
    bench.tool.drag(bench.event([90, 90]))
    bench.tool.up(bench.event([90, 90]))
    expect(bench.shapes()).toEqual([square(0, 0, 50)])
  })

  it('leaves the slide to move in an object that fills the view', () => {
    const bench = new Bench()
    bench.document.select([bench.put(square(-2000, -2000, 6000))])
    expect(bench.tool.down(bench.event([500, 400]))).toBe(false)
  })
})

describe('handles', () => {
  it('move a corner, make one from a middle, and take one away with Alt', () => {
    const bench = new Bench()
    const id = bench.put(triangle)
    bench.document.select([id])
    bench.drag([[302, 101], [352, 151]])
    expect(bench.document.get(id)?.geometry).toEqual({ kind: 'polygon', rings: [[[100, 100], [350, 150], [100, 300]]] })
    bench.drag([[100, 200], [60, 200]])
    expect(bench.document.get(id)?.geometry).toEqual({ kind: 'polygon', rings: [[[100, 100], [350, 150], [100, 300], [60, 200]]] })
    bench.click([350, 150], { alt: true })
    expect(bench.document.get(id)?.geometry).toEqual({ kind: 'polygon', rings: [[[100, 100], [100, 300], [60, 200]]] })
  })

  it('scale a rectangle by a side and by a corner', () => {
    const bench = new Bench()
    const id = bench.put({ kind: 'rectangle', x: 100, y: 100, width: 200, height: 100, rotation: 0 })
    bench.document.select([id])
    bench.drag([[300, 150], [350, 170]])
    expect(bench.document.get(id)?.geometry).toEqual({ kind: 'rectangle', x: 100, y: 100, width: 250, height: 100, rotation: 0 })
    bench.drag([[100, 100], [150, 120]])
    expect(bench.document.get(id)?.geometry).toEqual({ kind: 'rectangle', x: 150, y: 120, width: 200, height: 80, rotation: 0 })
  })

  it('turn a shape about its middle by the knob', () => {
    const bench = new Bench()
    const id = bench.put({ kind: 'rectangle', x: 100, y: 100, width: 200, height: 100, rotation: 0 })
    bench.document.select([id])
    bench.drag([[200, 74], [276, 150]])
    const geometry = bench.document.get(id)?.geometry
    expect(geometry).toMatchObject({ x: 100, y: 100, width: 200, height: 100, rotation: expect.closeTo(Math.PI / 2, 6) as number })
  })

  it('mend an outline whose corner was dragged across it', () => {
    const bench = new Bench()
    const id = bench.put({ kind: 'polygon', rings: [[[100, 100], [300, 100], [300, 300], [100, 300]]] })
    bench.document.select([id])
    bench.drag([[300, 300], [200, 50]])
    const geometry = bench.document.get(id)?.geometry
    expect(geometry?.kind).toBe('multipolygon')
  })

  it('frame a polygon after a double click on it', () => {
    const bench = new Bench()
    const id = bench.put(triangle)
    bench.document.select([id])
    expect(bench.tool.doubleClick(bench.event([150, 150]))).toBe(true)
    bench.drag([[300, 300], [200, 200]])
    expect(bounds(bench.document.get(id)?.geometry as Geometry)).toEqual({ minX: 100, minY: 100, maxX: 200, maxY: 200 })
    expect(bench.tool.doubleClick(bench.event([900, 700]))).toBe(false)
  })

  it('are larger for fingers', () => {
    const bench = new Bench()
    const id = bench.put(triangle)
    bench.document.select([id])
    bench.drag([[315, 88], [335, 88]], { pointer: 'mouse' })
    expect(bench.document.get(id)?.geometry).toEqual(triangle)
    bench.document.select([id])
    bench.drag([[315, 88], [335, 88]], { pointer: 'touch' })
    expect(bounds(bench.document.get(id)?.geometry as Geometry).maxX).toBe(320)
  })
})

describe('transforms', () => {
  it('turn in steps of 15 degrees of the angle that is kept', () => {
    const tilted: Geometry = { kind: 'ellipse', cx: 0, cy: 0, rx: 20, ry: 10, rotation: 0.2 }
    const frame = frameOf([tilted])
    const [shape] = frame === null ? [] : turned([tilted], frame, [10, 0], [10, 1], true)
    expect(shape).toMatchObject({ rotation: expect.closeTo(Math.PI / 12, 9) as number })
  })

  it('keep the corner opposite where it is, also on a turned box', () => {
    const box: Geometry = { kind: 'rectangle', x: 0, y: 0, width: 100, height: 40, rotation: Math.PI / 2 }
    const frame = frameOf([box])
    // Turned by a quarter about (50, 20): it reaches from (30, -30) to (70, 70).
    const [shape] = frame === null ? [] : scaled([box], frame, { kind: 'scale', sx: 1, sy: 0, at: [50, 70] }, [50, 120], false)
    const { minX, minY, maxX, maxY } = bounds(shape as Geometry)
    expect([minX, minY, maxX, maxY]).toEqual([expect.closeTo(30), expect.closeTo(-30), expect.closeTo(70), expect.closeTo(120)])
  })

  it('scale several with their proportions and never to nothing', () => {
    const shapes = [square(0, 0, 10), square(90, 90, 10)]
    const frame = frameOf(shapes)
    const half = frame === null ? [] : scaled(shapes, frame, { kind: 'scale', sx: 1, sy: 1, at: [100, 100] }, [50, 20], false)
    expect(half.map((one) => area(one))).toEqual([25, 25])
    const least = frame === null ? [] : scaled(shapes, frame, { kind: 'scale', sx: 1, sy: 1, at: [100, 100] }, [-500, -500], false)
    expect(least.every((one) => area(one) > 0)).toBe(true)
  })
})
