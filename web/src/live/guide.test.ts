import { expect, it } from 'vitest'

import { Guide } from './guide'
import { PresenceRoom } from './presenceRoom'
import type { Incoming, Outgoing, Person, SharedView } from './wire'

const you: Person = { id: 'you', name: 'You', guest: false, colour: '#445566' }
const view = (slide_id: string, identity_hidden = false): SharedView => ({ slide_id, panes: [], camera: null, look: null, identity_hidden })
const welcome: Incoming = {
  type: 'welcome',
  client_id: 'me',
  person: { ...you, id: 'me' },
  seq: 0,
  people: [{ client_id: 'you', person: you }],
  presenter: 'you',
}

function room(guide: Guide, slideId: string): { room: PresenceRoom; sent: Outgoing[] } {
  const sent: Outgoing[] = []
  const made = new PresenceRoom('me', (message) => sent.push(message) > 0, () => 0, guide, slideId)
  return { room: made, sent }
}

it('takes views of who is followed only', () => {
  const guide = new Guide()
  guide.heard('a', 'you', view('a'))
  expect(guide.state.get().view).toBeNull()
  guide.follow('you')
  guide.heard('a', 'somebody else', view('b'))
  expect(guide.state.get().view).toBeNull()
  guide.heard('a', 'you', view('a'))
  expect(guide.state.get().view).toEqual(view('a'))
})

it('goes along to the next slide, and does not go back by what the room of the one before still says', () => {
  const guide = new Guide()
  guide.follow('you')
  guide.heard('a', 'you', view('a'))
  guide.heard('a', 'you', view('b'))
  guide.heard('b', 'you', view('b', true))
  guide.heard('a', 'you', view('b'))
  expect(guide.state.get().view).toEqual(view('b', true))
  guide.heard('b', 'you', view('a'))
  expect(guide.state.get().view).toEqual(view('a'))
})

it('holds in the rooms of all slides side by side, and ends in all of them', () => {
  const guide = new Guide()
  const [one, other] = [room(guide, 'a'), room(guide, 'b')]
  for (const { room: each } of [one, other]) each.take(welcome)
  one.room.follow('you')
  expect(other.room.state.get().following).toBe('you')
  expect(other.sent.at(-1)).toEqual({ type: 'follow', client_id: 'you' })
  one.room.take({ type: 'view', client_id: 'you', ...view('a') })
  expect(other.room.state.get().view).toEqual(view('a'))
  other.room.follow(null)
  expect(one.room.state.get()).toMatchObject({ following: null, view: null })
  expect(one.sent.at(-1)).toEqual({ type: 'follow', client_id: null })
  other.room.close()
  one.room.follow('you')
  expect(other.room.state.get().following).toBeNull()
})
