import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type TileJob, TileLoader } from './tileLoader'
import type { ApiError } from '../api/problem'
import { Connections } from './connections'

interface Call {
  url: string
  signal: AbortSignal
  answer(response: Response): void
}

// Bodies are read in real turns of the event loop, which fake timers do not count.
const turn = globalThis.setImmediate

const job = (key: string, visible = true): TileJob => ({ key, url: `/${key}`, managed: false, visible })
const good = () => new Response(new Blob(['tile']))
const bad = (status: number, code: string) =>
  new Response(JSON.stringify({ code, detail: 'a sentence', request_id: 'r-1' }), { status })

describe('TileLoader', () => {
  let calls: Call[]
  let arrived: string[]
  let slideProblems: ApiError[]
  let loader: TileLoader

  beforeEach(() => {
    vi.useFakeTimers()
    calls = []
    arrived = []
    slideProblems = []
    loader = new TileLoader({
      fetch: (url, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
          calls.push({ url, signal, answer: resolve })
        }),
      decode: () => Promise.resolve({} as ImageBitmap),
      onTile: (key) => arrived.push(key),
      onChange: () => undefined,
      onSlideProblem: (problem) => slideProblems.push(problem),
      now: () => Date.now(),
    })
  })
  afterEach(() => {
    loader.close()
    vi.useRealTimers()
  })
  const settle = async () => {
    for (let i = 0; i < 50; i++) await new Promise<void>((resume) => turn(resume))
    await vi.advanceTimersByTimeAsync(0)
  }

  it('starts the most wanted first and keeps to six connections', () => {
    loader.want(Array.from({ length: 10 }, (_, i) => job(`t${i}`)))
    expect(calls.map((call) => call.url)).toEqual(['/t0', '/t1', '/t2', '/t3', '/t4', '/t5'])
  })

  it('keeps connections free of tiles that are only fetched in advance', () => {
    loader.want(Array.from({ length: 10 }, (_, i) => job(`t${i}`, false)))
    expect(calls).toHaveLength(3)
  })

  it('aborts what is no longer wanted', () => {
    loader.want([job('a'), job('b')])
    loader.want([job('b'), job('c')])
    expect(calls.map((call) => [call.url, call.signal.aborted])).toEqual([['/a', true], ['/b', false], ['/c', false]])
  })

  it('marks a tile that cannot be read, tries it again later and forgets the failure', async () => {
    loader.want([job('a')])
    calls[0]?.answer(bad(422, 'tile_unreadable'))
    await settle()
    expect(loader.failure('a')).toMatchObject({ code: 'tile_unreadable', request_id: 'r-1' })
    await vi.advanceTimersByTimeAsync(900)
    expect(calls).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(calls).toHaveLength(2)
    calls[1]?.answer(bad(422, 'tile_unreadable'))
    await settle()
    await vi.advanceTimersByTimeAsync(1500)
    expect(calls).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(600)
    calls[2]?.answer(good())
    await settle()
    expect(loader.failure('a')).toBeNull()
    expect(arrived).toEqual(['a'])
  })

  it('does not mark a tile for one busy answer', async () => {
    loader.want([job('a')])
    calls[0]?.answer(bad(503, 'busy'))
    await settle()
    expect(loader.failure('a')).toBeNull()
    await vi.advanceTimersByTimeAsync(1100)
    calls[1]?.answer(bad(503, 'busy'))
    await settle()
    expect(loader.failure('a')?.code).toBe('busy')
  })

  it('tells when it is the slide that changed', async () => {
    loader.want([job('a')])
    calls[0]?.answer(bad(409, 'slide_changed'))
    await settle()
    expect(slideProblems.map((problem) => problem.code)).toEqual(['slide_changed'])
  })

  it('notices slow storage, by answers and by waiting', async () => {
    loader.want([job('a'), job('b'), job('c')])
    await vi.advanceTimersByTimeAsync(2800)
    expect(loader.latency.slowSeconds(Date.now())).toBeCloseTo(2.8, 1)
    for (const call of calls) call.answer(good())
    await settle()
    expect(loader.latency.slowSeconds(Date.now())).toBeCloseTo(2.8, 1)
  })
})

it('shares the connections fairly between pictures', async () => {
  const connections = new Connections()
  const asked: string[] = []
  const answers: (() => void)[] = []
  const make = () =>
    new TileLoader({
      fetch: (url) =>
        new Promise((resolve) => {
          asked.push(url)
          answers.push(() => resolve(good()))
        }),
      decode: () => Promise.resolve({} as ImageBitmap),
      onTile: () => undefined,
      onChange: () => undefined,
      onSlideProblem: () => undefined,
      connections,
    })
  const [first, second] = [make(), make()]
  first.want(Array.from({ length: 12 }, (_, i) => job(`a${i}`)))
  second.want(Array.from({ length: 12 }, (_, i) => job(`b${i}`)))
  expect(asked).toHaveLength(6)
  for (let i = 0; i < 12; i++) {
    answers[i]?.()
    await new Promise((done) => setTimeout(done, 0))
  }
  expect(asked).toHaveLength(18)
  // Of the twelve that came free, each got its half.
  expect(asked.slice(6).filter((url) => url.startsWith('/b'))).toHaveLength(6)
  first.close()
  expect(asked.length).toBeGreaterThan(18)
  expect(asked.slice(18).every((url) => url.startsWith('/b'))).toBe(true)
  second.close()
})
