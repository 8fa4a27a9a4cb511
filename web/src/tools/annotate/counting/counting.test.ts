import { describe, expect, it } from 'vitest'
import { bounds } from '../../../model/annotations/shapes'
import type { Geometry } from '../../../model/annotations/types'
import { Bench } from '../bench'

describe('counting', () => {
  it('puts a frame of the asked area down, then marks in it', () => {
    const bench = new Bench()
    const { counting } = bench.drawing
    bench.take('counting').click([5000, 4000])
    const { minX, maxX } = bounds(bench.shapes()[0] as Geometry)
    expect(maxX - minX).toBeCloseTo(2000, 2) // 1 mm at half a micrometre a pixel
    bench.click([5000, 4000]).click([5100, 4000]).click([5200, 4000], { shift: true })
    bench.click([100, 100]) // beside the frame
    const { tallies, share, area_mm2 } = counting.counted()
    expect(area_mm2).toBeCloseTo(1, 4)
    expect(tallies.map(({ n }) => n)).toEqual([2, 1])
    expect(tallies[0]?.per_mm2).toBeCloseTo(2, 3)
    expect(share?.part).toBeCloseTo(2 / 3, 9)
  })

  it('takes a mark away with Alt, and by undo', () => {
    const bench = new Bench()
    const { counting } = bench.drawing
    bench.take('counting').click([5000, 4000]).click([5000, 4000]).click([5100, 4000])
    bench.click([5003, 4003], { alt: true })
    expect(counting.counted().tallies[0]?.n).toBe(1)
    bench.document.undo()
    expect(counting.counted().tallies[0]?.n).toBe(2)
  })

  it('wants as many high-power fields as were asked for', () => {
    const bench = new Bench()
    const { counting } = bench.drawing
    counting.renew({ by: 'fields', fields: { count: 2, fieldNumber: 22, objective: 40 } })
    bench.take('counting').click([2000, 2000]).click([5000, 2000]).click([8000, 2000])
    expect(counting.counted().frames).toHaveLength(2)
    expect(counting.counted().area_mm2).toBeCloseTo(2 * Math.PI * 0.275 ** 2, 4)
  })

  it('writes the numbers onto the frame when the tool is put down, and goes on later', () => {
    const bench = new Bench()
    const { counting } = bench.drawing
    bench.take('counting').click([5000, 4000]).click([5000, 4000]).click([5100, 4000], { shift: true }).take(null)
    const [frame] = counting.counted().frames
    expect(frame?.measurements).toMatchObject({ 'Positive (n)': 1, 'Negative (n)': 1, 'Positive (%)': 50 })
    counting.renew()
    expect(counting.counted().frames).toEqual([])
    const mark = bench.all().find((one) => one.geometry.kind === 'point')
    expect(mark?.parent_id).toBe(frame?.annotation_id)
    expect(mark !== undefined && counting.resume(mark)).toBe(true)
    expect(counting.counted().tallies.map(({ n }) => n)).toEqual([1, 1])
    bench.take('counting').click([5200, 4000])
    expect(counting.counted().tallies[0]?.n).toBe(2)
  })

  it('is impossible without a pixel size', () => {
    const bench = new Bench({}, {}, { mpp_x: null, mpp_y: null })
    bench.take('counting').click([5000, 4000])
    expect(bench.all()).toHaveLength(0)
    expect(bench.drawing.counting.possible).toBe(false)
  })
})
