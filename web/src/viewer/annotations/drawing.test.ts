import { describe, expect, it } from 'vitest'
import { type Camera, slideToScreen } from '../../model/frame'
import type { Geometry, Position } from '../../model/annotations/types'
import { frameOf, handleAt, handlesOf } from './handles'
import { areMoving, cursorAt, viewportCorners } from './hands'
import { between, boxOf, type Lens, onScreen, screenAxes, transformAt } from './lens'
import { type Pen, trace } from './outline'
import { serves } from './sheet'

const VIEWPORT = { width: 800, height: 600 }
const CAMERAS: Camera[] = [
  { x: 1000, y: 2000, resolution: 2, rotation: 0, mirrored: false },
  { x: 1000, y: 2000, resolution: 0.25, rotation: Math.PI / 2, mirrored: false },
  { x: 90_000, y: 50_000, resolution: 7, rotation: 0.7, mirrored: true },
]
const lensOf = (camera: Camera, ratio = 1): Lens => ({ camera, viewport: VIEWPORT, ratio })

describe('the lens', () => {
  it.each(CAMERAS)('puts shapes where points of the slide are', (camera) => {
    const lens = lensOf(camera, 2)
    const origin: Position = [camera.x - 40, camera.y + 30]
    const [a, b, c, d, e, f] = transformAt(lens, origin)
    const [x, y] = [123, -57]
    const at = slideToScreen({ x: origin[0] + x, y: origin[1] + y }, camera, VIEWPORT)
    expect(a * x + c * y + e).toBeCloseTo(2 * at.x, 6)
    expect(b * x + d * y + f).toBeCloseTo(2 * at.y, 6)
  })

  it.each(CAMERAS)('knows right and down of the screen on the slide', (camera) => {
    const { across, down } = screenAxes(camera)
    const from = slideToScreen(camera, camera, VIEWPORT)
    const right = slideToScreen({ x: camera.x + across.x * camera.resolution, y: camera.y + across.y * camera.resolution }, camera, VIEWPORT)
    const below = slideToScreen({ x: camera.x + down.x * camera.resolution, y: camera.y + down.y * camera.resolution }, camera, VIEWPORT)
    expect([right.x - from.x, right.y - from.y]).toEqual([expect.closeTo(1, 9), expect.closeTo(0, 9)])
    expect([below.x - from.x, below.y - from.y]).toEqual([expect.closeTo(0, 9), expect.closeTo(1, 9)])
  })

  it('shows a picture of one view as another sees it', () => {
    const first = lensOf(CAMERAS[2] as Camera)
    const second = lensOf({ ...first.camera, x: first.camera.x + 300, resolution: 6, rotation: 0.9 })
    const [a, b, c, d, e, f] = between(first, second)
    const place: Position = [90_500, 49_000]
    const was = onScreen(first, place)
    const [px, py] = [was.x - VIEWPORT.width / 2, was.y - VIEWPORT.height / 2]
    const is = onScreen(second, place)
    expect(a * px + c * py + e).toBeCloseTo(is.x, 6)
    expect(b * px + d * py + f).toBeCloseTo(is.y, 6)
  })

  it('has the whole view in its box', () => {
    expect(boxOf(lensOf(CAMERAS[0] as Camera), 0)).toEqual({ minX: 200, minY: 1400, maxX: 1800, maxY: 2600 })
  })
})

describe('the kept picture', () => {
  const camera = CAMERAS[0] as Camera
  const kept: Lens = { camera, viewport: { width: 1280, height: 960 }, ratio: 1 }

  it('serves as long as the view lies on it', () => {
    expect(serves(kept, lensOf(camera))).toBe(true)
    expect(serves(kept, lensOf({ ...camera, x: camera.x + 470 }))).toBe(true)
    expect(serves(kept, lensOf({ ...camera, x: camera.x + 490 }))).toBe(false)
    expect(serves(kept, lensOf({ ...camera, rotation: 0.1 }))).toBe(true)
    expect(serves(kept, lensOf({ ...camera, resolution: 4 }))).toBe(false)
    expect(serves(kept, lensOf({ ...camera, mirrored: true }))).toBe(false)
    expect(serves(kept, lensOf(camera, 2))).toBe(false)
  })
})

class Recorder implements Pen {
  said: string[] = []
  moveTo = (x: number, y: number) => void this.said.push(`M${x},${y}`)
  lineTo = (x: number, y: number) => void this.said.push(`L${x},${y}`)
  closePath = () => void this.said.push('Z')
  ellipse = (x: number, y: number, rx: number, ry: number, rotation: number) => void this.said.push(`E${[x, y, rx, ry, rotation].join(',')}`)
}

describe('outlines', () => {
  const traced = (geometry: Geometry): string => {
    const pen = new Recorder()
    trace(pen, geometry, [100, 100])
    return pen.said.join(' ')
  }

  it('lie around their own origin', () => {
    expect(traced({ kind: 'polyline', points: [[100, 100], [110, 105]] })).toBe('M0,0 L10,5')
    expect(traced({ kind: 'rectangle', x: 100, y: 100, width: 4, height: 2, rotation: 0 })).toBe('M0,0 L4,0 L4,2 L0,2 Z')
    expect(traced({ kind: 'ellipse', cx: 110, cy: 120, rx: 5, ry: 3, rotation: 0 })).toBe('M15,20 E10,20,5,3,0 Z')
  })

  it('have every ring, holes too', () => {
    const rings: Position[][] = [[[100, 100], [110, 100], [110, 110]], [[104, 102], [108, 102], [108, 106]]]
    expect(traced({ kind: 'polygon', rings })).toBe('M0,0 L10,0 L10,10 Z M4,2 L8,2 L8,6 Z')
    expect(traced({ kind: 'multipolygon', polygons: [[rings[0] as Position[]], [rings[1] as Position[]]] })).toBe(
      'M0,0 L10,0 L10,10 Z M4,2 L8,2 L8,6 Z',
    )
    expect(traced({ kind: 'point', at: [100, 100] })).toBe('')
  })
})

describe('handles', () => {
  const lens = lensOf({ x: 0, y: 0, resolution: 1, rotation: 0, mirrored: false })
  const triangle: Geometry = { kind: 'polygon', rings: [[[0, 0], [100, 0], [0, 100]]] }

  it('are corners and the middles between them', () => {
    const handles = handlesOf([triangle], 'corners', lens)
    expect(handles.filter((one) => one.kind === 'vertex').map((one) => one.at)).toEqual([[0, 0], [100, 0], [0, 100]])
    expect(handles.filter((one) => one.kind === 'middle').map((one) => one.at)).toEqual([[50, 0], [50, 50], [0, 50]])
  })

  it('leave out middles without room and corners that cannot be told apart', () => {
    const far = lensOf({ x: 0, y: 0, resolution: 20, rotation: 0, mirrored: false })
    const handles = handlesOf([triangle], 'corners', far)
    expect(handles.map((one) => one.kind)).toEqual(['vertex'])
  })

  it('are the frame of a turned rectangle, with the knob uppermost on the screen', () => {
    const box: Geometry = { kind: 'rectangle', x: -50, y: -20, width: 100, height: 40, rotation: Math.PI / 2 }
    expect(frameOf([box])).toEqual({ cx: 0, cy: 0, halfWidth: 50, halfHeight: 20, rotation: Math.PI / 2 })
    const handles = handlesOf([box], 'corners', lens)
    expect(handles.filter((one) => one.kind === 'scale')).toHaveLength(8)
    const knob = handles.find((one) => one.kind === 'turn')
    expect(knob?.at).toEqual([expect.closeTo(0), expect.closeTo(-76)])
  })

  it('of several are the corners of one frame around them', () => {
    const other: Geometry = { kind: 'point', at: [300, 50] }
    const handles = handlesOf([triangle, other], 'corners', lens)
    expect(handles.filter((one) => one.kind === 'scale').map((one) => one.at)).toEqual([[0, 0], [300, 0], [0, 100], [300, 100]])
  })

  it('are found by a press near them, corners before middles', () => {
    const handles = handlesOf([triangle], 'corners', lens)
    expect(handleAt(handles, [103, 3], lens, 8)).toMatchObject({ kind: 'vertex', at: [100, 0] })
    expect(handleAt(handles, [52, 2], lens, 8)).toMatchObject({ kind: 'middle', at: [50, 0] })
    expect(handleAt(handles, [70, 60], lens, 8)).toBeNull()
  })
})

describe('the others', () => {
  it('glide between two words of their hand and fall asleep', () => {
    const hand = { cursor: [100, 50] as Position, at: 1000, before: { cursor: [0, 0] as Position, at: 900 } }
    expect(cursorAt(hand, 1000)).toEqual([0, 0])
    expect(cursorAt(hand, 1045)).toEqual([50, 25])
    expect(cursorAt(hand, 1090)).toEqual([100, 50])
    expect(cursorAt(hand, 30_000)).toBeNull()
    expect(areMoving([hand], 1045)).toBe(true)
    expect(areMoving([hand], 1200)).toBe(false)
  })

  it('see a part of the slide, turned as their view is', () => {
    const view = { x: 0, y: 0, resolution: 2, rotation: Math.PI / 2, mirrored: false, width: 100, height: 50 }
    const corners = viewportCorners(view).map(([x, y]) => [Math.round(x), Math.round(y)])
    expect(corners).toEqual([[-50, 100], [-50, -100], [50, -100], [50, 100]])
  })
})
