/** What happened that concerns me: mentions, replies, reviews, guests who are done. */
import { json } from './json'

export const NOTICE_KINDS = ['mention', 'reply', 'review_asked', 'review_decided', 'guest_done', 'share_ending'] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

export interface NoticeOut {
  notice_id: string
  kind: NoticeKind | (string & {})
  /** Who did it; empty for the house. */
  by_name: string
  slide_id: string | null
  slide_name: string | null
  /** The annotation or comment it is about. */
  target: string | null
  text: string
  at: string
  read_at: string | null
}

export interface NoticePage {
  items: readonly NoticeOut[]
  unread: number
}

export function listNotices(signal?: AbortSignal): Promise<NoticePage> {
  return json('GET', '/api/v1/me/notices', undefined, signal)
}

/** These have been read; without ids all of them. */
export function readNotices(noticeIds: readonly string[] | null): Promise<void> {
  return json('POST', '/api/v1/me/notices/read', noticeIds === null ? { all: true } : { notice_ids: noticeIds })
}
