import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { Sha256, sha256OfText } from './sha256'

describe('SHA-256 in pieces', () => {
  it('gives what another implementation gives, however the bytes are cut', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919 + (at >> 3)) & 255)
    for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000, 5000]) {
      const data = bytes.subarray(0, length)
      const wanted = createHash('sha256').update(data).digest('hex')
      for (const piece of [1, 3, 63, 64, 65, 1024, 5000]) {
        const hash = new Sha256()
        for (let at = 0; at < length; at += piece) hash.add(data.subarray(at, at + piece))
        expect(hash.digest()).toBe(wanted)
      }
    }
  })

  it('hashes text as UTF-8', () => {
    expect(sha256OfText('Präparat')).toBe(createHash('sha256').update('Präparat').digest('hex'))
  })
})
