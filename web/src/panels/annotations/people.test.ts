import { expect, test } from 'vitest'

import { initialsOf, presentPeople } from './people'

const view = { x: 0, y: 0, resolution: 1, rotation: 0, mirrored: false, width: 1, height: 1 }
const peer = (client_id: string, id: string, name: string, guest = false, seen = true) => ({
  client_id,
  person: { id, name, guest, colour: '#0072b2' },
  viewport: seen ? view : null,
})

test('who has two windows open stands once, and never oneself', () => {
  const people = presentPeople([peer('1', 'b', 'Bee', false, false), peer('2', 'b', 'Bee'), peer('3', 'a', 'Ann'), peer('4', 'me', 'Me')], 'me')
  expect(people.map((one) => one.client_id)).toEqual(['3', '2'])
})

test('guests of one link stand each for themselves', () => {
  expect(presentPeople([peer('1', 's', 'Cy (guest)', true), peer('2', 's', 'Di (guest)', true)], 's').length).toBe(2)
})

test('a face has at most two letters', () => {
  expect(initialsOf('Ann Mary Bee')).toBe('AB')
  expect(initialsOf('Ümit')).toBe('Ü')
  expect(initialsOf('Cy (guest)')).toBe('C')
  expect(initialsOf('')).toBe('?')
})
