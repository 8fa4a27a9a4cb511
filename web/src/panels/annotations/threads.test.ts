import { expect, test } from 'vitest'

import type { Comment } from '../../model/annotations/types'
import { mentionedIn, openCount, threadsOf, typedMention, withMention } from './threads'

function said(comment_id: string, thread_id: string, at: string, more: Partial<Comment> = {}): Comment {
  return {
    comment_id,
    thread_id,
    on: { kind: 'slide' },
    text: comment_id,
    mentions: [],
    author_id: 'a',
    author_name: 'A',
    created_at: at,
    changed_at: at,
    resolved_at: null,
    resolved_by: null,
    deleted: false,
    rev: 1,
    ...more,
  }
}

test('answers stand below what they answer, open threads first', () => {
  const threads = threadsOf([
    said('b', 'a', '2026-01-02'),
    said('a', 'a', '2026-01-01', { resolved_at: '2026-01-05', resolved_by: 'x' }),
    said('c', 'c', '2026-01-01'),
  ])
  expect(threads.map((one) => one.thread_id)).toEqual(['c', 'a'])
  expect(threads[1]?.comments.map((one) => one.comment_id)).toEqual(['a', 'b'])
  expect(openCount(threads)).toBe(1)
})

test('a thread goes when nothing of it is left', () => {
  expect(threadsOf([said('a', 'a', '1', { deleted: true })])).toEqual([])
  expect(threadsOf([said('a', 'a', '1', { deleted: true }), said('b', 'a', '2')])[0]?.comments.length).toBe(2)
})

test('a name is looked for after an @ that begins a word', () => {
  expect(typedMention('see @ann', 8)).toEqual({ from: 4, words: 'ann' })
  expect(typedMention('@', 1)).toEqual({ from: 0, words: '' })
  expect(typedMention('mail me@home', 12)).toBeNull()
  expect(typedMention('@ann bee and then', 17)).toBeNull()
})

test('a chosen name takes the place of what was typed', () => {
  expect(withMention('see @an now', 7, 'Ann Bee')).toEqual({ text: 'see @Ann Bee now', caret: 13 })
  expect(mentionedIn('see @Ann Bee now', [{ id: '1', name: 'Ann Bee' }, { id: '2', name: 'Cy' }])).toEqual(['1'])
})
