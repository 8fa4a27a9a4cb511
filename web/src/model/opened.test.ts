import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Opened } from './opened'

describe('opened slides', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('are asked about together and once a minute', async () => {
    const asked: string[][] = []
    let now = 0
    const opened = new Opened(
      (ids) => {
        asked.push([...ids])
        return Promise.resolve(ids.filter((id) => id === 'b'))
      },
      () => now,
    )
    for (const id of ['a', 'b', 'a']) opened.wonder(id)
    await vi.runAllTimersAsync()
    expect(asked).toEqual([['a', 'b']])
    expect([opened.has('a'), opened.has('b')]).toEqual([false, true])
    opened.wonder('a')
    now = 61_000
    opened.wonder('a')
    opened.wonder('b')
    await vi.runAllTimersAsync()
    expect(asked).toEqual([['a', 'b'], ['a']])
  })

  it('come in batches that the server takes', async () => {
    const sizes: number[] = []
    const opened = new Opened((ids) => {
      sizes.push(ids.length)
      return Promise.resolve(ids)
    })
    for (let i = 0; i < 1100; i++) opened.wonder(String(i))
    await vi.runAllTimersAsync()
    expect(sizes).toEqual([500, 500, 100])
  })

  it('may be marked, and a failed question is asked again', async () => {
    let fails = true
    const opened = new Opened((ids) => (fails ? Promise.reject(new Error('no')) : Promise.resolve(ids)))
    const told = vi.fn()
    opened.state.subscribe(told)
    opened.wonder('a')
    await vi.runAllTimersAsync()
    expect(told).not.toHaveBeenCalled()
    opened.mark('c')
    opened.mark('c')
    expect(told).toHaveBeenCalledTimes(1)
    fails = false
    opened.wonder('a')
    await vi.runAllTimersAsync()
    expect(opened.has('a')).toBe(true)
  })
})
