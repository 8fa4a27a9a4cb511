/** The merge cases that the server's tests run, too: the same entries leave the same state. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { applyEntries, applyEntry, isShown } from './ops'
import type { Annotation, Comment, Confirmed, Entry, Layer } from './types'

interface Held {
  readonly seq: number
  readonly annotations: Readonly<Record<string, Annotation>>
  readonly comments: Readonly<Record<string, Comment>>
  readonly layers: Readonly<Record<string, Layer>>
  readonly stale?: boolean
}

interface Case {
  readonly name: string
  readonly state: Held
  readonly entries: readonly Entry[]
  readonly after: Held
}

const folder = join(import.meta.dirname, '../../../../tests/cases/merge')
const cases = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => [JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case | Case[]].flat())

function taken(held: Held): Confirmed {
  return {
    seq: held.seq,
    annotations: new Map(Object.entries(held.annotations)),
    comments: new Map(Object.entries(held.comments)),
    layers: new Map(Object.entries(held.layers)),
    stale: held.stale ?? false,
  }
}

describe('merge cases', () => {
  it('are there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25)
  })

  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { state, entries, after }) => {
    const before = structuredClone(state)
    expect(applyEntries(taken(state), entries)).toEqual(taken(after))
    expect(entries.reduce(applyEntry, taken(state))).toEqual(taken(after))
    expect(state).toEqual(before)
    const whole = taken(after)
    for (const one of whole.annotations.values()) expect(typeof isShown(one, whole.layers)).toBe('boolean')
  })
})
