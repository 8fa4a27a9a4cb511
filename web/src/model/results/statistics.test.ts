import { describe, expect, it } from 'vitest'
import { NO_CATEGORY } from './columns'
import { SHOWN } from './filters'
import { categoryCounts, histogram, moments } from './statistics'

describe('histogram', () => {
  it('counts every value once, the largest in the last bin, and leaves out those without one', () => {
    const { counts } = histogram(Float32Array.of(0, 0.5, 1, 2, 3.99, 4, Number.NaN), 0, 4, undefined, 0, 4)
    expect(counts).toEqual([2, 1, 1, 2])
  })

  it('counts the objects of a flag only', () => {
    const flags = Uint8Array.of(SHOWN, 0, SHOWN | 2)
    expect(histogram(Float32Array.of(1, 1, 3), 0, 4, flags, SHOWN, 4).counts).toEqual([0, 1, 0, 1])
    expect(histogram(Float32Array.of(1, 1, 3), 0, 4, flags, SHOWN | 2, 4).counts).toEqual([0, 0, 0, 1])
  })

  it('has one bin for a column of one value', () => {
    expect(histogram(Float32Array.of(5, 5), 5, 5, undefined, 0, 3).counts).toEqual([2, 0, 0])
  })
})

describe('categoryCounts', () => {
  it('counts each category and, last, those without', () => {
    expect(categoryCounts(Uint16Array.of(0, 2, 2, NO_CATEGORY), 3)).toEqual([1, 0, 2, 1])
  })
})

describe('moments', () => {
  it('gives mean and standard deviation of the sample, also far from zero', () => {
    // The deviations of 4, 7, 13, 16 are those of any numbers that far apart: mean 10, variance 30.
    const found = moments(Float32Array.of(1e6 + 4, 1e6 + 7, 1e6 + 13, 1e6 + 16, Number.NaN))
    expect(found.count).toBe(4)
    expect(found.mean).toBe(1e6 + 10)
    expect(found.sd).toBeCloseTo(Math.sqrt(30), 9)
    expect([found.min, found.max]).toEqual([1e6 + 4, 1e6 + 16])
  })

  it('has no mean of nothing, no deviation of one', () => {
    expect(moments(Float32Array.of(Number.NaN))).toEqual({ count: 0, mean: null, sd: null, min: null, max: null })
    expect(moments(Float32Array.of(2)).sd).toBeNull()
  })
})
