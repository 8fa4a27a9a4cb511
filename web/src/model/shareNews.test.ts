import { expect, test } from 'vitest'

import type { Share } from '../api/shares'
import { newsOf } from './shareNews'

const quiet = { share_id: 'a', done_at: null, requests: [] } as unknown as Share
const done = { share_id: 'b', done_at: '2026-11-05T10:00:00Z', requests: [] } as unknown as Share
const asks = { share_id: 'c', done_at: null, requests: [{ requested_at: '2026-11-05T11:00:00Z', message: '' }] } as unknown as Share

test('news are what was said since, the newest first', () => {
  expect(newsOf([quiet, done, asks], '').map(({ kind }) => kind)).toEqual(['request', 'done'])
  expect(newsOf([quiet, done, asks], '2026-11-05T10:00:00Z').map(({ kind }) => kind)).toEqual(['request'])
  expect(newsOf([quiet, done, asks], '2026-11-05T12:00:00+01:00')).toEqual([])
})
