import { expect, it } from 'vitest'
import type { Point } from '../model/frame'
import { Area } from './area/area'
import { Ruler } from './ruler/ruler'
import type { Measurement, Sketch, ToolEvent } from './tool'

class Sheet implements Sketch {
  kept: Measurement[] = []
  private open: Measurement | null = null
  draft = () => this.open
  setDraft = (measurement: Measurement | null) => {
    this.open = measurement
  }
  keep = (measurement: Measurement) => {
    this.kept.push(measurement)
    this.open = null
  }
}

const at = (x: number, y: number, shift = false): ToolEvent => ({
  at: { x, y },
  apart: (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y),
  shift,
})

it('the ruler measures by a drag and by two clicks', () => {
  const sheet = new Sheet()
  const ruler = new Ruler(sheet)
  ruler.down(at(0, 0))
  ruler.drag(at(50, 0))
  ruler.up(at(100, 0))
  ruler.down(at(10, 10))
  ruler.up(at(10, 10))
  ruler.move(at(40, 30))
  ruler.down(at(50, 40))
  ruler.up(at(50, 40))
  expect(sheet.kept.map((one) => one.points)).toEqual([
    [{ x: 0, y: 0 }, { x: 100, y: 0 }],
    [{ x: 10, y: 10 }, { x: 50, y: 40 }],
  ])
})

it('shift keeps the ruler straight', () => {
  const sheet = new Sheet()
  const ruler = new Ruler(sheet)
  ruler.down(at(0, 0))
  ruler.up(at(100, 8, true))
  expect(sheet.kept[0]?.points[1]?.y).toBeCloseTo(0)
})

it('the area closes at its first corner and by a double click', () => {
  const sheet = new Sheet()
  const area = new Area(sheet)
  const click = (x: number, y: number) => {
    area.move(at(x, y))
    area.down(at(x, y))
    area.up()
  }
  for (const [x, y] of [[0, 0], [100, 0], [100, 100], [2, 2]] as const) click(x, y)
  expect(sheet.kept[0]?.points).toEqual([{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 100, y: 100 }])
  for (const [x, y] of [[0, 0], [100, 0], [0, 100]] as const) click(x, y)
  area.doubleClick(at(0, 100))
  expect(sheet.kept[1]?.points).toEqual([{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 0, y: 100 }])
})

it('the area follows a freehand drag', () => {
  const sheet = new Sheet()
  const area = new Area(sheet)
  area.down(at(0, 0))
  for (let i = 1; i <= 60; i++) area.drag(at(100 * Math.sin(i / 10), 100 - 100 * Math.cos(i / 10)))
  area.up()
  expect(sheet.kept).toHaveLength(1)
  expect(sheet.kept[0]?.points.length).toBeGreaterThan(40)
})

it('giving up leaves nothing half drawn', () => {
  const sheet = new Sheet()
  const area = new Area(sheet)
  area.down(at(0, 0))
  expect(area.cancel()).toBe(true)
  expect(sheet.draft()).toBeNull()
  expect(area.cancel()).toBe(false)
})
