import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { Root } from '../../api/imports'
import { Catalogue } from './catalogue'
import { scanProgress } from './scan'

function root(part: Partial<Root>): Root {
  return {
    root_id: 'r',
    project_id: 'p',
    path: '/data',
    scanning: false,
    offline_since: null,
    found: 0,
    done: 0,
    registered: 0,
    unreadable: 0,
    ignored: 0,
    rate_per_s: null,
    seconds_left: null,
    last_scan_at: null,
    ...part,
  }
}

/** A catalogue over a server whose roots the test changes. */
function catalogue(): { roots: { now: Root[] }; asked: { roots: number; projects: number }; changes: () => number; it: Catalogue } {
  const roots = { now: [] as Root[] }
  const asked = { roots: 0, projects: 0 }
  let changes = 0
  const it = new Catalogue(
    {
      projects: () => ((asked.projects += 1), Promise.resolve([])),
      roots: () => ((asked.roots += 1), Promise.resolve(roots.now)),
    },
    () => (changes += 1),
  )
  return { roots, asked, changes: () => changes, it }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('while no folder registers, a glance now and then finds what came by itself', async () => {
  const { roots, asked, changes, it } = catalogue()
  roots.now = [root({})]
  await it.look()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toEqual({ roots: 7, projects: 1 })
  expect(changes()).toBe(0)
  roots.now = [root({ found: 12, done: 12, registered: 12 })]
  await vi.advanceTimersByTimeAsync(10_000)
  expect(changes()).toBe(1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(changes()).toBe(1)
})

test('figures are followed while a folder registers, and the end refreshes everything', async () => {
  const { roots, asked, changes, it } = catalogue()
  roots.now = [root({ scanning: true, found: 10, done: 1 })]
  await it.look()
  await vi.advanceTimersByTimeAsync(2000)
  expect(asked).toEqual({ roots: 3, projects: 1 })
  roots.now = [root({ scanning: true, found: 10, done: 8 })]
  await vi.advanceTimersByTimeAsync(1000)
  expect(it.state.get().roots[0]?.done).toBe(8)
  expect(changes()).toBe(1)
  roots.now = [root({ found: 10, done: 10 })]
  await vi.advanceTimersByTimeAsync(1000)
  expect(changes()).toBe(2)
  const before = asked.roots
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked.roots).toBe(before + 6)
  expect(changes()).toBe(2)
})

test('a scan that was asked for is waited for, but not for ever', async () => {
  const { roots, asked, it } = catalogue()
  roots.now = [root({})]
  await it.expectScan()
  await vi.advanceTimersByTimeAsync(9000)
  expect(asked.roots).toBe(9)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked.roots).toBeLessThan(17)
})

test('a lost answer does not end the following', async () => {
  const { roots, it } = catalogue()
  roots.now = [root({ scanning: true })]
  await it.look()
  const failing = vi.spyOn(it['source'], 'roots').mockRejectedValueOnce(new Error('gone'))
  await vi.advanceTimersByTimeAsync(1000)
  expect(it.state.get().error).toEqual(new Error('gone'))
  failing.mockRestore()
  await vi.advanceTimersByTimeAsync(1000)
  expect(it.state.get().roots[0]?.scanning).toBe(true)
})

test('progress sums the folders that register; the slowest says when it is over', () => {
  expect(scanProgress([root({ found: 5 })])).toBeNull()
  const progress = scanProgress([
    root({ scanning: true, found: 100, done: 40, rate_per_s: 4, seconds_left: 15 }),
    root({ scanning: true, found: 10, done: 5, rate_per_s: 1, seconds_left: 5 }),
    root({ found: 999, done: 999 }),
  ])
  expect(progress).toMatchObject({ found: 110, done: 45, rate_per_s: 5, seconds_left: 15 })
  expect(scanProgress([root({ scanning: true })])).toMatchObject({ rate_per_s: null, seconds_left: null })
})
