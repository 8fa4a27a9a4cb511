import { beforeEach, describe, expect, it } from 'vitest'
import { area, bounds } from '../../model/annotations/shapes'
import type { Geometry, Position } from '../../model/annotations/types'
import type { Matrix } from '../../model/alignment'
import { annotationClass, Bench } from './bench'
import { aligned, clipboard } from './clipboard'
import { COMMANDS } from './commands'

const square = (x: number, y: number, side: number): Geometry => ({ kind: 'rectangle', x, y, width: side, height: side, rotation: 0 })
const ring = (x: number, y: number, side: number): Position[] => [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
const selected = (...shapes: Geometry[]): Bench => {
  const bench = new Bench()
  bench.document.select(shapes.map((shape) => bench.put(shape)))
  return bench
}

beforeEach(() => clipboard.set({ copied: null }))

describe('areas together', () => {
  it('merge into the first, as one step of undo', () => {
    const bench = selected(square(0, 0, 100), square(50, 0, 100), square(500, 500, 10))
    const [first] = bench.selected()
    expect(bench.drawing.run('merge')).toBe(true)
    expect(bench.all().map((one) => one.annotation_id)).toEqual([first])
    expect(area(bench.shapes()[0] as Geometry)).toBe(15_100)
    bench.document.undo()
    expect(bench.shapes()).toHaveLength(3)
    expect(bench.shapes()).toEqual(expect.arrayContaining([square(0, 0, 100), square(50, 0, 100), square(500, 500, 10)]))
  })

  it('subtract the others from the first and leave those', () => {
    const bench = selected(square(0, 0, 100), square(50, 0, 100))
    bench.drawing.run('subtract')
    expect(bench.shapes().map((one) => area(one))).toEqual([5000, 10_000])
  })

  it('intersect, and do nothing where they share nothing', () => {
    const bench = selected(square(0, 0, 100), square(50, 50, 100))
    bench.drawing.run('intersect')
    expect(bench.shapes().map((one) => bounds(one))).toEqual([{ minX: 50, minY: 50, maxX: 100, maxY: 100 }])
    const apart = selected(square(0, 0, 10), square(50, 50, 10))
    expect(apart.drawing.run('intersect')).toBe(false)
    expect(apart.all()).toHaveLength(2)
  })

  it('separate into objects like the one they come from', () => {
    const bench = new Bench()
    bench.document.loadClasses({ classes: [annotationClass('tumour')], project_id: null, rev: 1 })
    const shape: Geometry = { kind: 'multipolygon', polygons: [[ring(0, 0, 10)], [ring(50, 0, 20)]] }
    bench.document.select([bench.put(shape, { class_id: 'tumour', name: 'T1' })])
    bench.drawing.run('separate')
    expect(bench.all().map((one) => [one.class_id, one.name, area(one.geometry)])).toEqual([['tumour', 'T1', 100], ['tumour', 'T1', 400]])
    expect(bench.selected()).toHaveLength(2)
    bench.document.undo()
    expect(bench.shapes()).toEqual([shape])
  })
})

describe('one area', () => {
  it('is split along a line; without a selection whatever the line crosses', () => {
    const bench = selected(square(0, 0, 100), square(200, 0, 100))
    bench.document.select([])
    bench.take('split').click([30, -10]).click([30, 110]).click([30, 110])
    expect(bench.shapes().map((one) => area(one)).sort((a, b) => a - b)).toEqual([3000, 7000, 10_000])
    expect(bench.putDown).toBe(1)
  })

  it('has its holes filled', () => {
    const bench = selected({ kind: 'polygon', rings: [ring(0, 0, 100), ring(20, 20, 10)] })
    expect(bench.drawing.can('fillHoles')).toBe(true)
    bench.drawing.run('fillHoles')
    expect(bench.shapes()).toEqual([{ kind: 'polygon', rings: [ring(0, 0, 100)] }])
    expect(bench.drawing.can('fillHoles')).toBe(false)
  })

  it('grows and shrinks by micrometres', () => {
    const bench = selected(square(100, 100, 100))
    bench.drawing.run('grow', 5) // half a micrometre a pixel: 10 pixels
    const box = bounds(bench.shapes()[0] as Geometry)
    expect([box.minX, box.maxX]).toEqual([expect.closeTo(90, 1), expect.closeTo(210, 1)])
    bench.document.undo()
    bench.drawing.run('grow', -30)
    expect(bench.all()).toHaveLength(0)
  })

  it('cannot grow by micrometres without a pixel size', () => {
    const bench = new Bench({}, {}, { mpp_x: null, mpp_y: null })
    bench.document.select([bench.put(square(0, 0, 10))])
    expect(bench.drawing.can('grow')).toBe(false)
    expect(bench.drawing.run('grow', 5)).toBe(false)
  })

  it('is simplified to what the screen shows', () => {
    const circle = Array.from({ length: 720 }, (_, i): Position => [300 + 200 * Math.cos(i / 114.6), 300 + 200 * Math.sin(i / 114.6)])
    const bench = selected({ kind: 'polygon', rings: [circle] })
    bench.drawing.run('simplify')
    const [shape] = bench.shapes()
    expect(shape?.kind === 'polygon' && shape.rings[0]?.length).toBeLessThan(60)
    expect(area(shape as Geometry) / (Math.PI * 200 ** 2)).toBeCloseTo(1, 2)
  })
})

describe('many', () => {
  it('are locked, unlocked and deleted together; what is locked stays', () => {
    const bench = selected(square(0, 0, 10), square(20, 0, 10))
    const [first] = bench.selected()
    bench.document.select([first as string])
    bench.drawing.run('lock')
    bench.drawing.run('selectAll')
    expect(bench.selected()).toHaveLength(2)
    bench.drawing.run('remove')
    expect(bench.all().map((one) => one.annotation_id)).toEqual([first])
    bench.document.select([first as string])
    expect([bench.drawing.can('remove'), bench.drawing.can('unlock')]).toEqual([false, true])
    bench.drawing.run('unlock')
    expect(bench.drawing.run('remove')).toBe(true)
    expect(bench.all()).toHaveLength(0)
  })

  it('of one class are selected together', () => {
    const bench = new Bench()
    const ids = ['a', 'b', 'a'].map((class_id, i) => bench.put(square(i * 50, 0, 10), { class_id }))
    bench.document.select([ids[0] as string])
    bench.drawing.run('selectClass')
    expect(bench.selected()).toEqual([ids[0], ids[2]])
  })

  it('are not touched by whoever may only look', () => {
    const bench = selected(square(0, 0, 100), square(50, 0, 100))
    bench.document.setRights(['view'])
    const changing = COMMANDS.filter((id) => !['copy', 'selectAll', 'selectClass'].includes(id))
    expect(changing.filter((id) => bench.drawing.can(id))).toEqual([])
    for (const id of changing) bench.drawing.run(id, 5)
    bench.take('rectangle').drag([[300, 300], [400, 400]])
    bench.take('eraser').drag([[10, 10], [90, 90]])
    expect(bench.shapes()).toEqual([square(0, 0, 100), square(50, 0, 100)])
  })
})

describe('copies', () => {
  it('lie beside their originals, to the lower right as seen', () => {
    const bench = new Bench({ rotation: Math.PI, resolution: 2 })
    bench.document.select([bench.put(square(100, 100, 20), { name: 'one' })])
    bench.drawing.run('duplicate')
    expect(bench.all().map((one) => [one.name, bounds(one.geometry).minX, bounds(one.geometry).minY])).toEqual([['one', 100, 100], ['one', 68, 68]])
    expect(bench.selected()).toEqual([bench.all()[1]?.annotation_id])
  })

  it('go to another slide through how the two were aligned', () => {
    const one = selected(square(100, 100, 20))
    one.drawing.run('copy')
    const quarter: Matrix = [0, 2, -2, 0, 1000, 50]
    const other = new Bench({}, { alignment: () => quarter }, { slide_id: 'other' })
    other.drawing.run('paste')
    // (100..120, 100..120) turned by a quarter and twice as large.
    expect(bounds(other.shapes()[0] as Geometry)).toEqual({ minX: 760, minY: 250, maxX: 800, maxY: 290 })
  })

  it('come to where one looks when nobody aligned the slides, as large in micrometres', () => {
    const one = selected(square(100, 100, 20))
    one.drawing.run('copy')
    const other = new Bench({}, {}, { slide_id: 'other', mpp_x: 0.25, mpp_y: 0.25 })
    other.drawing.run('paste')
    expect(bounds(other.shapes()[0] as Geometry)).toEqual({ minX: 480, minY: 380, maxX: 520, maxY: 420 })
  })

  it('find their class by its name in another project', () => {
    const one = new Bench()
    one.document.loadClasses({ classes: [annotationClass('c1', null, 'Tumour'), annotationClass('c2', null, 'Only here')], project_id: null, rev: 1 })
    one.document.select([one.put(square(0, 0, 10), { class_id: 'c1' }), one.put(square(20, 0, 10), { class_id: 'c2' })])
    one.drawing.run('copy')
    const other = new Bench({}, {}, { slide_id: 'other' })
    other.document.loadClasses({ classes: [annotationClass('d9', null, 'Tumour')], project_id: null, rev: 1 })
    other.drawing.run('paste')
    expect(other.all().map((each) => each.class_id)).toEqual(['d9', null])
  })

  it('keep boxes boxes, mirrored ones too', () => {
    const mirror: Matrix = [-1, 0, 0, 1, 100, 0]
    const box: Geometry = { kind: 'rectangle', x: 10, y: 10, width: 30, height: 10, rotation: 0.3 }
    const shape = aligned(box, mirror)
    expect(shape.kind).toBe('rectangle')
    expect(area(shape)).toBeCloseTo(300, 6)
    const [was, is] = [bounds(box), bounds(shape)]
    expect([is.minX, is.maxX, is.minY, is.maxY]).toEqual([
      expect.closeTo(100 - was.maxX, 6),
      expect.closeTo(100 - was.minX, 6),
      expect.closeTo(was.minY, 6),
      expect.closeTo(was.maxY, 6),
    ])
  })
})
