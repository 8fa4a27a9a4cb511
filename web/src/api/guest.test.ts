import { afterEach, expect, test } from 'vitest'

import { asGuestAddress, forgetGuest, guestHeaders, guestMark, heldLink, holdLink, leaveAsGuest } from './guest'

afterEach(() => forgetGuest())

test('a tab of somebody with an account says nothing of links', () => {
  expect(guestHeaders()).toEqual({})
  expect(asGuestAddress('/api/v1/slides/a/thumbnail?size=256')).toBe('/api/v1/slides/a/thumbnail?size=256')
})

test('a tab that came by a link says so with every request, in pictures by their address', () => {
  holdLink('secret')
  expect(heldLink()).toBe('secret')
  expect(guestHeaders()).toEqual({ 'X-Coverslip-Share': '1' })
  expect(asGuestAddress('/a?size=256')).toBe('/a?size=256&share=1')
  expect(asGuestAddress('/a')).toBe('/a?share=1')
})

test('whoever leaves takes the link along', () => {
  holdLink('secret')
  leaveAsGuest()
  expect(heldLink()).toBeNull()
  expect(guestMark()).toBe('left')
  expect(guestHeaders()).toEqual({})
})
