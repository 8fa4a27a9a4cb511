import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { AnnotationDocument } from '../model/annotations/document'
import { Store } from '../model/store'
import type { AnnotationSession } from '../live/session'
import type { Viewer } from '../viewer/viewer'
import { drawOn } from './annotate/drawing'
import { drawingActions, sizedByKey, wantsKey } from './annotate/keys'
import { drawingSettings, readSettings } from './annotate/settings'
import { Toolbox } from './toolbox'

const COLOURS = { line: '', rim: '', labelBack: '', labelText: '', font: '' }

class Table {
  readonly document = new AnnotationDocument('slide', { id: 'me', name: 'Me' })
  readonly box: Toolbox

  constructor(rights: readonly string[] = ['view', 'annotate', 'edit']) {
    const camera = { x: 0, y: 0, resolution: 1, rotation: 0, mirrored: false }
    const viewer = {
      state: new Store({ camera, viewport: { width: 800, height: 600 }, choice: { plane: 0, time: 0 }, pointer: null }),
      slide: { slide_id: 'slide', mpp_x: 0.5, mpp_y: 0.5, z_count: 1, t_count: 1 },
      size: { width: 1000, height: 1000 },
      element: { style: { cursor: '' } },
      camera: { toSlide: ([x, y]: number[]) => ({ x, y }) },
      addOverlay: () => () => undefined,
      addInteraction: () => () => undefined,
      render: () => undefined,
    }
    this.document.setRights(rights)
    this.box = new Toolbox(viewer as unknown as Viewer, () => COLOURS)
  }

  attach(): this {
    const presence = new Store({ people: new Map() })
    drawOn(this.box, { document: this.document, presence, say: () => undefined } as unknown as AnnotationSession)
    return this
  }

  send(type: string, x: number, y: number, more: object = {}, fingers = 1): boolean {
    const originalEvent = { pointerType: 'mouse', button: 0, altKey: false, shiftKey: false, ctrlKey: false, metaKey: false, ...more }
    const event = { type, originalEvent, coordinate: [x, y], pixel: [x + 400, y + 300], activePointers: Array.from({ length: fingers }) }
    return this.box.handle(event as unknown as MapBrowserEvent)
  }

  drag(from: [number, number], to: [number, number], more: object = {}): boolean {
    const took = this.send('pointerdown', ...from, more)
    this.send('pointerdrag', ...to, more)
    this.send('pointerup', ...to, more)
    return took
  }

  count(): number {
    return this.document.state.get().annotations.size
  }
}

beforeEach(() => drawingSettings.set(readSettings(null)))

describe('the toolbox', () => {
  it('has no drawing tool in hand where nothing can be drawn', () => {
    const table = new Table()
    table.box.choose('rectangle')
    expect(table.box.state.get().active).toBeNull()
    const looking = new Table(['view']).attach()
    looking.box.choose('rectangle')
    expect(looking.box.state.get().active).toBeNull()
    looking.box.choose('select')
    expect(looking.box.state.get().active).toBe('select')
  })

  it('draws and goes back to Move', () => {
    const table = new Table().attach()
    table.box.choose('rectangle')
    expect(table.drag([0, 0], [50, 50])).toBe(true)
    expect(table.count()).toBe(1)
    expect(table.box.state.get().active).toBeNull()
    expect(table.drag([300, 300], [350, 350])).toBe(false)
  })

  it('takes the pen out of the hand of whoever lost the right, in the middle of a stroke', () => {
    const table = new Table().attach()
    table.box.choose('brush')
    table.send('pointerdown', 0, 0)
    table.send('pointerdrag', 40, 0)
    table.document.setRights(['view'])
    expect(table.box.state.get().active).toBeNull()
    table.send('pointerup', 80, 0)
    expect(table.count()).toBe(0)
    expect(table.box.drawing?.layer.sketching.get().draft).toBeNull()
  })

  it('lets fingers move the slide once a pen was seen', () => {
    const table = new Table().attach()
    table.box.choose('brush')
    expect(table.drag([0, 0], [50, 0], { pointerType: 'touch' })).toBe(true)
    expect(table.count()).toBe(1)
    expect(table.drag([0, 100], [50, 100], { pointerType: 'pen' })).toBe(true)
    expect(table.drag([0, 200], [50, 200], { pointerType: 'touch' })).toBe(false)
    expect(table.count()).toBe(2)
  })

  it('gives up a stroke for a second finger, but not the corners of a polygon', () => {
    const table = new Table().attach()
    const touch = { pointerType: 'touch' }
    table.box.choose('brush')
    table.send('pointerdown', 0, 0, touch)
    expect(table.send('pointerdown', 90, 0, touch, 2)).toBe(false)
    table.send('pointerup', 90, 0, touch)
    expect(table.count()).toBe(0)
    table.box.choose('polygon')
    for (const [x, y] of [[0, 0], [100, 0]] as const) table.drag([x, y], [x, y], touch)
    table.send('pointerdown', 60, 60, touch)
    table.send('pointerdown', 90, 90, touch, 2)
    table.drag([100, 100], [100, 100], touch)
    expect(table.box.finish()).toBe(true)
    expect([...table.document.state.get().annotations.values()].map((one) => one.geometry)).toEqual([
      { kind: 'polygon', rings: [[[0, 0], [100, 0], [100, 100]]] },
    ])
  })

  it('leaves step by step with Escape', () => {
    const table = new Table().attach()
    table.box.choose('rectangle')
    table.drag([0, 0], [50, 50])
    table.box.choose('polygon')
    table.drag([100, 100], [100, 100])
    expect(table.box.drawing?.state.get().open).toBe(false) // one corner shows nothing yet
    expect(table.box.escape()).toBe(true)
    expect(table.box.state.get().active).toBe('polygon')
    expect(table.box.escape()).toBe(true)
    expect(table.box.state.get().active).toBeNull()
    expect(table.document.state.get().selection.size).toBe(1)
    expect(table.box.escape()).toBe(true)
    expect(table.document.state.get().selection.size).toBe(0)
    expect(table.box.escape()).toBe(false)
  })

  it('undoes the last corner of a line before anything that was drawn', () => {
    const table = new Table().attach()
    table.box.choose('rectangle')
    table.drag([0, 0], [50, 50])
    table.box.choose('polyline')
    table.drag([100, 100], [100, 100])
    table.drag([200, 100], [200, 100])
    table.box.undo()
    table.box.undo()
    expect(table.count()).toBe(1)
    table.box.undo()
    expect(table.count()).toBe(0)
  })

  it('takes quick clicks in two places for corners, not for a double click', () => {
    const table = new Table().attach()
    table.box.choose('polyline')
    table.drag([0, 0], [0, 0])
    table.drag([100, 0], [100, 0])
    expect(table.send('dblclick', 100, 0)).toBe(true)
    expect(table.count()).toBe(0)
    table.drag([200, 50], [200, 50])
    table.drag([201, 50], [201, 50])
    table.send('dblclick', 201, 50)
    expect([...table.document.state.get().annotations.values()].map((one) => one.geometry)).toEqual([
      { kind: 'polyline', points: [[0, 0], [100, 0], [200, 50]] },
    ])
  })

  it('lets go of the annotations cleanly', () => {
    const table = new Table().attach()
    table.box.choose('polygon')
    table.drag([0, 0], [0, 0])
    table.box.detach()
    expect(table.box.state.get().active).toBeNull()
    expect(table.box.drawing).toBeNull()
    expect(table.drag([0, 0], [50, 50])).toBe(false)
    table.box.choose('ruler')
    expect(table.drag([0, 0], [50, 0])).toBe(true)
    expect(table.box.state.get().kept).toHaveLength(1)
  })

  it('has Alt for cutting out with a drawing tool, and for the slide otherwise', () => {
    const table = new Table().attach()
    table.box.choose('ruler')
    expect(table.send('pointerdown', 0, 0, { altKey: true })).toBe(false)
    table.box.choose('rectangle')
    expect(table.send('pointerdown', 0, 0, { altKey: true })).toBe(true)
  })
})

describe('keys of drawing', () => {
  it('do what they say, and nothing without annotations', () => {
    const table = new Table()
    expect(wantsKey('undo', table.box)).toBe(false)
    expect(() => drawingActions(table.box).drawBrush()).not.toThrow()
    table.attach()
    drawingActions(table.box).drawBrush()
    expect(table.box.state.get().active).toBe('brush')
    expect(sizedByKey(table.box, 1)).toBe(true)
    expect(drawingSettings.get().brushPx).toBe(37)
    drawingActions(table.box).annotations()
    expect(table.document.visible).toBe(false)
    drawingActions(table.box).peek()
    expect(table.document.visible).toBe(true)
    expect(wantsKey('finish', table.box)).toBe(false)
  })
})
