import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Store } from '../model/store'
import type { PresenceState } from './presence'
import { Presenter } from './presenter'
import type { AnnotationSession } from './session'
import type { SharedView } from './wire'

interface Room {
  readonly slideId: string
  readonly said: string[]
  readonly presence: Store<PresenceState>
}

function rooms(): { made: Room[]; open: (slideId: string) => AnnotationSession } {
  const made: Room[] = []
  const open = (slideId: string): AnnotationSession => {
    const said: string[] = []
    const presence = new Store({ connection: 'connecting', people: new Map() } as unknown as PresenceState)
    made.push({ slideId, said, presence })
    const session: Partial<AnnotationSession> = {
      presence,
      present: (on) => said.push(`present ${String(on)}`),
      showView: ({ slide_id: shown }) => said.push(`view ${shown}`),
      close: () => said.push('close'),
    }
    return session as AnnotationSession
  }
  return { made, open }
}

const view = (slide_id: string): SharedView => ({ slide_id, panes: [], camera: null, look: null, identity_hidden: true })

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('presenting', () => {
  it('tells the room that is left where it goes on, and presents in the next one', async () => {
    const { made, open } = rooms()
    const presenter = new Presenter(open)
    presenter.show(view('a'))
    made[0]?.presence.set({ connection: 'online' })
    await vi.advanceTimersByTimeAsync(200)
    expect(made[0]?.said.slice(0, 2)).toEqual(['present true', 'view a'])
    presenter.show(view('b'))
    expect(made[0]?.said.at(-1)).toBe('view b')
    made[1]?.presence.set({ connection: 'online' })
    expect(made[1]?.said).toEqual(['present true', 'view b'])
    await vi.advanceTimersByTimeAsync(3000)
    expect(made[0]?.said.at(-1)).toBe('close')
    presenter.close()
    await vi.advanceTimersByTimeAsync(3000)
    expect(made[1]?.said.slice(-2)).toEqual(['present false', 'close'])
  })

  it('presents again after a break, and sends at most ten views a second', async () => {
    const { made, open } = rooms()
    const presenter = new Presenter(open)
    presenter.show(view('a'))
    made[0]?.presence.set({ connection: 'online' })
    for (let i = 0; i < 100; i++) {
      presenter.show(view('a'))
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(made[0]?.said.filter((one) => one === 'view a').length).toBeLessThanOrEqual(12)
    made[0]?.presence.set({ connection: 'offline' })
    made[0]?.presence.set({ connection: 'online' })
    expect(made[0]?.said.slice(-2)).toEqual(['present true', 'view a'])
    presenter.close()
  })
})
