/** What happened that concerns me: mentions, replies, reviews, guests who are done. */
import { json } from './json'

export const NOTICE_KINDS = ['mention', 'reply', 'review_asked', 'review_decided', 'share_done', 'share_ending'] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

export interface NoticeOut {
  notice_id: string
  kind: NoticeKind
  at: string
  /** Who did it; of a share link its recipient. */
  by_name: string
  /** Of a decided review: approved or rejected. */
  word: string
  slide_id: string | null
  slide_name: string | null
  annotation_id: string | null
  comment_id: string | null
  read_at: string | null
}

export interface NoticeList {
  items: readonly NoticeOut[]
  unread: number
}

export function listNotices(signal?: AbortSignal): Promise<NoticeList> {
  return json('GET', '/api/v1/me/notices', undefined, signal)
}

/** These have been read; without ids all of them. */
export function readNotices(noticeIds: readonly string[] | null): Promise<void> {
  return json('POST', '/api/v1/me/notices/read', { notice_ids: noticeIds })
}

/** Of which kinds of notices I want a mail, too. */
export interface NoticeChoices {
  mail: readonly NoticeKind[]
  can_mail: boolean
}

export function getNoticeChoices(signal?: AbortSignal): Promise<NoticeChoices> {
  return json('GET', '/api/v1/me/notices/choices', undefined, signal)
}

export function putNoticeChoices(mail: readonly NoticeKind[]): Promise<NoticeChoices> {
  return json('PUT', '/api/v1/me/notices/choices', { mail })
}
