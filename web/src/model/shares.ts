/** What somebody fills in to make or change a share link, and what is sent of it. */
import type { ScopeKind } from '../api/members'
import type { NewShare, Share, ShareMay, SharePatch } from '../api/shares'

const DAY_MS = 86_400_000
/** The longest that a link may live. */
export const LONGEST_DAYS = 365
/** How long a link lives unless somebody says otherwise. */
export const USUAL_DAYS = 7
export const PRESETS = ['1', '7', '30'] as const
/** Days from now, the end of a day that somebody chose, or as it is. */
export type Until = (typeof PRESETS)[number] | 'date' | 'keep'
export const MAY = ['look', 'comment', 'annotate'] as const satisfies readonly ShareMay[]
/** No letter or digit that is easily taken for another; 32 of them, so that each byte chooses evenly. */
/** The shortest password that the server takes. */
const SHORTEST = 8
const SIGNS = 'abcdefghijkmnpqrstuvwxyz23456789'
/** A link keeps the order of so many slides. */
const MOST_ORDERED = 1000
const GROUPS = 4
const GROUP = 4

/** What is shared. */
export interface ShareTarget {
  kind: ScopeKind
  id: string
  name: string
}

/** Where the recipient begins: what the sender sees. */
export interface ShareStart {
  slideId?: string
  /** The fragment of a link to exactly this view. */
  view?: string
  order?: readonly string[]
}

export interface ShareDraft {
  recipient: string
  note: string
  until: Until
  /** A day as a date field has it; counts only with `until` being "date". */
  date: string
  protect: boolean
  /** Empty while changing a link: the present one stays. */
  password: string
  maximumOpens: string
  may: ShareMay
  annotations: boolean
  identity: boolean
  watermark: boolean
  origins: string
}

export const FRESH: ShareDraft = {
  recipient: '',
  note: '',
  until: '7',
  date: '',
  protect: false,
  password: '',
  maximumOpens: '',
  may: 'look',
  annotations: true,
  identity: false,
  watermark: false,
  origins: '',
}

/** A link as a form shows it. */
export function draftOf(share: Share): ShareDraft {
  return {
    recipient: share.recipient,
    note: share.note,
    until: 'keep',
    date: dayOf(new Date(share.expires_at)),
    protect: share.has_password,
    password: '',
    maximumOpens: share.maximum_opens === null ? '' : String(share.maximum_opens),
    may: share.may,
    annotations: share.annotations,
    identity: share.identity,
    watermark: share.watermark,
    origins: share.origins.join('\n'),
  }
}

/** What keeps a draft from being sent, or null. */
export function problemOf(draft: ShareDraft, hadPassword: boolean, now = new Date()): 'date' | 'password' | 'opens' | null {
  if (draft.until === 'date') {
    const end = endOf(draft.date)
    if (end === null || end <= now || end.getTime() > now.getTime() + (LONGEST_DAYS + 1) * DAY_MS) return 'date'
  }
  const keeps = hadPassword && draft.password === ''
  if (draft.protect && !keeps && draft.password.length < SHORTEST) return 'password'
  if (draft.maximumOpens.trim() !== '' && !/^[1-9]\d{0,5}$/.test(draft.maximumOpens.trim())) return 'opens'
  return null
}

/** When a link made now would end; null: as it is. */
export function expiryOf({ until, date }: Pick<ShareDraft, 'until' | 'date'>, now = new Date()): string | null {
  if (until === 'keep') return null
  const longest = new Date(now.getTime() + LONGEST_DAYS * DAY_MS)
  const end = until === 'date' ? (endOf(date) ?? now) : new Date(now.getTime() + Number(until) * DAY_MS)
  return (end < longest ? end : longest).toISOString()
}

function common(draft: ShareDraft) {
  const opens = draft.maximumOpens.trim()
  return {
    recipient: draft.recipient.trim(),
    note: draft.note.trim(),
    may: draft.may,
    annotations: draft.annotations,
    maximum_opens: opens === '' ? null : Number(opens),
    identity: draft.identity,
    watermark: draft.watermark,
    origins: originsOf(draft.origins),
  }
}

export function bodyOf(draft: ShareDraft, target: ShareTarget, start: ShareStart | null, now = new Date()): NewShare {
  const expires = expiryOf(draft, now)
  return {
    ...common(draft),
    kind: target.kind,
    object_id: target.id,
    ...(expires === null ? {} : { expires_at: expires }),
    ...(draft.protect ? { password: draft.password } : {}),
    start:
      start === null
        ? null
        : {
            slide_ids_order: [...(start.order ?? [])],
            slide_id: start.slideId ?? null,
            view: start.view ?? null,
          },
  }
}

export function patchOf(draft: ShareDraft, now = new Date()): SharePatch {
  const expires = expiryOf(draft, now)
  const password = !draft.protect ? { password: null } : draft.password === '' ? {} : { password: draft.password }
  return { ...common(draft), ...(expires === null ? {} : { expires_at: expires }), ...password }
}

/** Addresses of pages that may show the link in a frame: one a line, as they are typed. */
export function originsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((one) => one !== ''))]
}

/** A password that can be read out on the telephone. */
export function newPassword(fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  const signs = Array.from(fill(new Uint8Array(GROUPS * GROUP)), (byte) => SIGNS[byte % SIGNS.length] ?? '')
  return Array.from({ length: GROUPS }, (_, group) => signs.slice(group * GROUP, (group + 1) * GROUP).join('')).join('-')
}

/** The sender's order; what they did not see comes behind, as it came. */
export function inOrder<One extends { slide_id: string }>(slides: readonly One[], order: readonly string[] | null | undefined): readonly One[] {
  if (!order || order.length === 0) return slides
  const place = new Map(order.map((slideId, at) => [slideId, at]))
  const placeOf = ({ slide_id }: One): number => place.get(slide_id) ?? order.length
  return [...slides].sort((one, other) => placeOf(one) - placeOf(other))
}

/** The order of a list as far as it is read; what nobody has scrolled to comes behind, as it is. */
export function orderOf(slides: readonly { slide_id: string }[]): string[] {
  return slides.slice(0, MOST_ORDERED).map((one) => one.slide_id)
}

/** The day of a moment, here, as a date field has it. */
export function dayOf(moment: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`
}

/** The last second of a day, here. */
function endOf(day: string): Date | null {
  const end = new Date(`${day}T23:59:59`)
  return Number.isNaN(end.getTime()) ? null : end
}
