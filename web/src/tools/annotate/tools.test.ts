import { beforeEach, describe, expect, it } from 'vitest'
import { area, bounds } from '../../model/annotations/shapes'
import type { Geometry, Position } from '../../model/annotations/types'
import { annotationClass, Bench } from './bench'
import { DRAW_TOOLS } from './ids'
import { drawingSettings, readSettings, resizeBrush } from './settings'

const SETTINGS = readSettings(null)
beforeEach(() => drawingSettings.set(SETTINGS))

const square = (x: number, y: number, side: number): Geometry => ({ kind: 'rectangle', x, y, width: side, height: side, rotation: 0 })

describe('shapes by a drag', () => {
  it('are a rectangle and an ellipse between two points, whichever way', () => {
    const bench = new Bench()
    bench.take('rectangle').drag([[10, 20], [50, 50], [110, 80]])
    bench.take('ellipse').drag([[110, 80], [10, 20]])
    expect(bench.shapes()).toEqual([
      { kind: 'rectangle', x: 10, y: 20, width: 100, height: 60, rotation: 0 },
      { kind: 'ellipse', cx: 60, cy: 50, rx: 50, ry: 30, rotation: 0 },
    ])
    expect(bench.isClean()).toBe(true)
  })

  it('are drawn by two clicks as well', () => {
    const bench = new Bench()
    bench.take('line').click([10, 10])
    expect(bench.all()).toHaveLength(0)
    bench.click([60, 40])
    expect(bench.shapes()).toEqual([{ kind: 'line', points: [[10, 10], [60, 40]] }])
  })

  it('put the tool down afterwards, unless it is kept', () => {
    const bench = new Bench()
    bench.take('arrow').drag([[0, 0], [50, 0]])
    expect(bench.putDown).toBe(1)
    drawingSettings.set({ keepDrawing: true })
    bench.take('arrow').drag([[0, 0], [50, 0]])
    expect(bench.putDown).toBe(1)
    expect(bench.shapes().map((one) => one.kind)).toEqual(['arrow', 'arrow'])
  })

  it('are straight on the screen of a turned slide', () => {
    const bench = new Bench({ rotation: Math.PI / 6 })
    bench.take('rectangle').drag([[500, 400], [500 + 100 * Math.cos(Math.PI / 6), 400 - 100 * Math.sin(Math.PI / 6)]])
    expect(bench.all()).toHaveLength(0) // flat on the screen: no area
    const [across, down] = [[Math.cos(Math.PI / 6), -Math.sin(Math.PI / 6)], [Math.sin(Math.PI / 6), Math.cos(Math.PI / 6)]] as const
    bench.take('rectangle').drag([[500, 400], [500 + 100 * across[0] + 60 * down[0], 400 + 100 * across[1] + 60 * down[1]]])
    const [shape] = bench.shapes()
    expect(shape).toMatchObject({ kind: 'rectangle', rotation: expect.closeTo(-Math.PI / 6, 6) as number })
    expect(shape?.kind === 'rectangle' && [shape.width, shape.height]).toEqual([expect.closeTo(100, 2), expect.closeTo(60, 2)])
  })

  it('on a quarter turn need no rotation', () => {
    const bench = new Bench({ rotation: Math.PI / 2, mirrored: true })
    bench.take('rectangle').drag([[500, 400], [540, 500]])
    expect(bench.shapes()).toEqual([{ kind: 'rectangle', x: 500, y: 400, width: 40, height: 100, rotation: 0 }])
  })

  it('with Shift have equal sides while nothing is selected, with Ctrl always', () => {
    const bench = new Bench()
    bench.take('rectangle').drag([[100, 100], [180, 130]], { shift: true })
    expect(bench.shapes()[0]).toMatchObject({ width: 80, height: 80, x: 100, y: 100 })
    bench.document.select([])
    bench.take('line').drag([[100, 100], [200, 108]], { shift: true })
    expect(bench.shapes()[1]).toEqual({ kind: 'line', points: [[100, 100], [200, 100]] })
  })
})

describe('polygons and lines by corners', () => {
  it('close at the first corner', () => {
    const bench = new Bench()
    bench.take('polygon').click([0, 0]).click([100, 0]).click([100, 100]).click([3, 2])
    expect(bench.shapes()).toEqual([{ kind: 'polygon', rings: [[[0, 0], [100, 0], [100, 100]]] }])
    expect(bench.putDown).toBe(1)
  })

  it('close by a double click, whose second press is no corner', () => {
    const bench = new Bench()
    bench.take('polygon').click([0, 0]).click([100, 0]).click([0, 100]).click([0, 100])
    bench.tool.doubleClick(bench.event([0, 100]))
    expect(bench.shapes()).toEqual([{ kind: 'polygon', rings: [[[0, 0], [100, 0], [0, 100]]] }])
  })

  it('end with Enter and lose their last corner with Backspace', () => {
    const bench = new Bench()
    bench.take('polyline').click([0, 0]).click([50, 0]).click([90, 90]).click([50, 50])
    expect(bench.tool.back?.()).toBe(true)
    expect(bench.drawing.state.get().open).toBe(true)
    expect(bench.tool.finish?.()).toBe(true)
    expect(bench.shapes()).toEqual([{ kind: 'polyline', points: [[0, 0], [50, 0], [90, 90]] }])
    expect(bench.drawing.state.get().open).toBe(false)
    expect(bench.tool.back?.() ?? false).toBe(false)
  })

  it('follow a freehand stroke closely, with fewer corners than it had places', () => {
    const bench = new Bench()
    const circle = Array.from({ length: 400 }, (_, i): Position => [300 + 100 * Math.cos(i / 63.6), 300 + 100 * Math.sin(i / 63.6)])
    bench.take('polygon').drag(circle)
    const [shape] = bench.shapes()
    expect(shape?.kind === 'polygon' && shape.rings[0]?.length).toBeLessThan(120)
    expect(area(shape as Geometry) / (Math.PI * 100 ** 2)).toBeCloseTo(1, 1)
    expect(bounds(shape as Geometry).minX).toBeCloseTo(200, 0)
  })

  it('that cross themselves become what they enclose', () => {
    const bench = new Bench()
    bench.take('polygon').click([0, 0]).click([100, 100]).click([100, 0]).click([0, 100])
    bench.tool.finish?.()
    const [shape] = bench.shapes()
    expect(shape?.kind).toBe('multipolygon')
    expect(area(shape as Geometry)).toBeCloseTo(5000, 0)
  })

  it('without an area are nothing', () => {
    const bench = new Bench()
    bench.take('polygon').click([0, 0]).click([50, 0]).click([100, 0])
    bench.tool.finish?.()
    expect(bench.all()).toHaveLength(0)
    expect(bench.isClean()).toBe(true)
  })

  it('keep their corners while the slide is moved in between, but not the press of the first finger', () => {
    const bench = new Bench()
    bench.take('polygon').click([0, 0]).click([100, 0])
    bench.tool.down(bench.event([70, 70], { pointer: 'touch' }))
    bench.tool.pause?.()
    bench.click([100, 100])
    bench.tool.finish?.()
    expect(bench.shapes()).toEqual([{ kind: 'polygon', rings: [[[0, 0], [100, 0], [100, 100]]] }])
  })
})

describe('Shift and Alt', () => {
  it('join an area to the selected one and cut one out of it', () => {
    const bench = new Bench()
    const id = bench.put(square(0, 0, 100))
    bench.document.select([id])
    bench.take('rectangle').drag([[50, 0], [150, 100]], { shift: true })
    expect(area(bench.document.get(id)?.geometry as Geometry)).toBe(15_000)
    bench.take('rectangle').drag([[20, 20], [40, 40]], { alt: true })
    const geometry = bench.document.get(id)?.geometry
    expect(geometry?.kind === 'polygon' && geometry.rings).toHaveLength(2)
    expect(area(geometry as Geometry)).toBe(14_600)
    expect(bench.all()).toHaveLength(1)
  })

  it('take it away when nothing of it is left', () => {
    const bench = new Bench()
    bench.document.select([bench.put(square(10, 10, 50))])
    bench.take('rectangle').drag([[0, 0], [100, 100]], { alt: true })
    expect(bench.all()).toHaveLength(0)
    bench.document.undo()
    expect(bench.all()).toHaveLength(1)
  })

  it('have flags for fingers that mean the same', () => {
    const bench = new Bench()
    bench.document.select([bench.put(square(0, 0, 100))])
    drawingSettings.set({ joining: 'subtract' })
    bench.take('rectangle').drag([[0, 0], [100, 50]], { pointer: 'touch' })
    expect(area(bench.shapes()[0] as Geometry)).toBe(5000)
  })

  it('leave alone what is locked', () => {
    const bench = new Bench()
    const id = bench.put(square(0, 0, 100))
    bench.document.change(id, { locked: true })
    bench.document.select([id])
    bench.take('rectangle').drag([[0, 0], [50, 50]], { alt: true })
    expect(bench.shapes()).toEqual([square(0, 0, 100)])
    bench.take('rectangle').drag([[0, 0], [50, 50]], { shift: true })
    expect(bench.all()).toHaveLength(2)
  })
})

describe('brush and eraser', () => {
  it('are as large on the screen at every zoom', () => {
    drawingSettings.set({ brushPx: 40 })
    for (const resolution of [0.25, 1, 8]) {
      const bench = new Bench({ resolution })
      bench.take('brush').click([500, 400])
      const { minX, maxX } = bounds(bench.shapes()[0] as Geometry)
      expect((maxX - minX) / resolution).toBeCloseTo(40, 0)
    }
  })

  it('paint one area along their way and stay in hand', () => {
    drawingSettings.set({ brushPx: 20 })
    const bench = new Bench()
    bench.take('brush').drag([[100, 100], [150, 100], [200, 100]])
    expect(area(bench.shapes()[0] as Geometry)).toBeCloseTo(100 * 20 + Math.PI * 100, -2)
    expect(bench.putDown).toBe(0)
  })

  it('go on with the selected area from its inside; beside it they begin another', () => {
    drawingSettings.set({ brushPx: 20 })
    const bench = new Bench()
    bench.take('brush').drag([[100, 100], [200, 100]])
    bench.drag([[150, 100], [150, 200]])
    expect(bench.all()).toHaveLength(1)
    bench.drag([[400, 400], [450, 400]])
    expect(bench.all()).toHaveLength(2)
  })

  it('take away with the eraser from what lies below it, though nothing is selected', () => {
    drawingSettings.set({ brushPx: 20 })
    const bench = new Bench()
    const id = bench.put(square(100, 100, 100))
    bench.document.select([])
    bench.take('eraser').drag([[150, 150], [150, 300]])
    const left = 10_000 - 50 * 20 - (Math.PI * 100) / 2
    expect(area(bench.document.get(id)?.geometry as Geometry) / left).toBeCloseTo(1, 2)
    bench.document.select([])
    bench.drag([[500, 500], [550, 550]])
    expect(bench.all()).toHaveLength(1)
  })

  it('change their size within bounds', () => {
    for (let i = 0; i < 50; i++) resizeBrush(1)
    expect(drawingSettings.get().brushPx).toBe(200)
    for (let i = 0; i < 50; i++) resizeBrush(-1)
    expect(drawingSettings.get().brushPx).toBe(4)
  })
})

describe('points and text', () => {
  it('put a point down by a click and none by a drag', () => {
    const bench = new Bench()
    bench.take('points').click([10, 20]).drag([[50, 50], [90, 90]]).click([30, 40])
    expect(bench.shapes()).toEqual([{ kind: 'point', at: [10, 20] }, { kind: 'point', at: [30, 40] }])
  })

  it('gather points with Shift and take the nearest away with Alt', () => {
    const bench = new Bench()
    bench.take('points').click([10, 20]).click([30, 40], { shift: true }).click([60, 60], { shift: true })
    expect(bench.shapes()).toEqual([{ kind: 'multipoint', points: [[10, 20], [30, 40], [60, 60]] }])
    bench.click([32, 41], { alt: true })
    expect(bench.shapes()).toEqual([{ kind: 'multipoint', points: [[10, 20], [60, 60]] }])
    bench.click([61, 61], { alt: true }).click([10, 20], { alt: true })
    expect(bench.all()).toHaveLength(0)
  })

  it('ask for words where one clicked', () => {
    const bench = new Bench()
    bench.take('text').click([70, 80])
    expect(bench.drawing.state.get().asking).toEqual({ at: [70, 80], editing: null, text: '' })
    bench.drawing.write('  Margin ')
    expect(bench.shapes()).toEqual([{ kind: 'text', at: [70, 80], text: 'Margin' }])
    expect(bench.putDown).toBe(1)
  })
})

describe('every tool', () => {
  it.each(DRAW_TOOLS)('%s leaves nothing half drawn when it is given up', (id) => {
    const bench = new Bench()
    bench.put(square(0, 0, 100))
    const before = bench.shapes()
    bench.take(id)
    bench.tool.down(bench.event([50, 50]))
    bench.tool.drag(bench.event([80, 90]))
    bench.tool.cancel()
    expect(bench.isClean()).toBe(true)
    expect(bench.tool.cancel()).toBe(false)
    bench.tool.up(bench.event([80, 90]))
    expect(bench.shapes()).toEqual(before)
  })

  it('draws in the class that was chosen last, and gives it to what is selected', () => {
    const bench = new Bench()
    bench.document.loadClasses({ classes: [annotationClass('tumour', 1), annotationClass('stroma', 2)], project_id: null, rev: 1 })
    const id = bench.put(square(300, 300, 20))
    bench.document.select([id])
    expect(bench.drawing.classByKey(2)).toBe(true)
    expect(bench.drawing.classByKey(7)).toBe(false)
    bench.take('rectangle').drag([[0, 0], [50, 50]])
    expect(bench.all().map((one) => one.class_id)).toEqual(['stroma', 'stroma'])
  })

  it('tells the others of the shape being drawn and that it is done', () => {
    const bench = new Bench()
    bench.take('rectangle')
    bench.tool.down(bench.event([0, 0]))
    bench.tool.drag(bench.event([40, 40]))
    expect(bench.told.at(-1)).toEqual({ drawing: square(0, 0, 40) })
    bench.tool.up(bench.event([40, 40]))
    expect(bench.told).toContainEqual({ drawing: null })
  })
})

describe('shared borders', () => {
  it('end a new area where its neighbour begins, but not inside or around another', () => {
    drawingSettings.set({ sharedBorders: true })
    const bench = new Bench()
    bench.put(square(100, 100, 100))
    bench.take('rectangle').drag([[150, 100], [250, 200]])
    expect(bounds(bench.shapes()[1] as Geometry)).toEqual({ minX: 200, minY: 100, maxX: 250, maxY: 200 })
    bench.take('rectangle').drag([[120, 120], [140, 140]])
    expect(area(bench.shapes()[2] as Geometry)).toBe(400)
    bench.take('rectangle').drag([[0, 0], [400, 400]])
    expect(area(bench.shapes()[3] as Geometry)).toBe(160_000)
  })
})

describe('settings', () => {
  it('are read without what makes no sense', () => {
    expect(readSettings('{"brushPx": 9999, "keepDrawing": true, "wandTolerance": "7"}')).toMatchObject({
      brushPx: 30,
      keepDrawing: true,
      wandTolerance: 12,
    })
    expect(readSettings('not json')).toEqual(readSettings(null))
    expect(readSettings('null')).toEqual(readSettings(null))
  })
})
