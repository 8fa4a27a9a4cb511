/** Comments as conversations: what belongs together, what is open, and whom a text mentions. */
import type { Comment } from '../../model/annotations/types'

export interface Thread {
  thread_id: string
  /** What it is about; of the first comment, or of the first one left. */
  on: Comment['on']
  comments: readonly Comment[]
  resolved_at: string | null
  resolved_by: string | null
  /** When somebody wrote last. */
  latest: string
}

/** Threads, open ones first, then by the latest word. A deleted comment stays in its place while others answer it. */
export function threadsOf(comments: Iterable<Comment>): readonly Thread[] {
  const groups = new Map<string, Comment[]>()
  for (const one of comments) groups.set(one.thread_id, [...(groups.get(one.thread_id) ?? []), one])
  const threads: Thread[] = []
  for (const [thread_id, group] of groups) {
    const sorted = [...group].sort((a, b) => a.created_at.localeCompare(b.created_at) || a.comment_id.localeCompare(b.comment_id))
    if (sorted.every((one) => one.deleted)) continue
    const first = sorted.find((one) => one.comment_id === thread_id) ?? sorted[0]
    if (first === undefined) continue
    const latest = sorted.reduce((last, one) => (one.changed_at > last ? one.changed_at : last), first.created_at)
    threads.push({ thread_id, on: first.on, comments: sorted, resolved_at: first.resolved_at, resolved_by: first.resolved_by, latest })
  }
  return threads.sort((a, b) => Number(a.resolved_at !== null) - Number(b.resolved_at !== null) || b.latest.localeCompare(a.latest))
}

export function openCount(threads: readonly Thread[]): number {
  return threads.filter((thread) => thread.resolved_at === null).length
}

/** Somebody who was chosen while a comment was being written. */
export interface Mention {
  id: string
  name: string
}

/** The beginning of a name that is being typed after an @, up to the caret; null when none is. */
export function typedMention(text: string, caret: number): { from: number; words: string } | null {
  const before = text.slice(0, caret)
  const found = /(?:^|[\s(,;])@([^\s@][^@\n]{0,39})?$/u.exec(before)
  if (found === null) return null
  const words = found[1] ?? ''
  // Two words make a name; with three the sentence has gone on.
  return words.split(/\s+/).length > 2 ? null : { from: caret - words.length - 1, words }
}

/** The text with a name in the place of what was typed of it. */
export function withMention(text: string, caret: number, name: string): { text: string; caret: number } {
  const typed = typedMention(text, caret)
  const from = typed?.from ?? caret
  const put = `@${name} `
  return { text: text.slice(0, from) + put + text.slice(caret).replace(/^ /, ''), caret: from + put.length }
}

/** Who of those chosen is still named in the text. */
export function mentionedIn(text: string, chosen: readonly Mention[]): string[] {
  return [...new Set(chosen.filter(({ name }) => text.includes(`@${name}`)).map(({ id }) => id))]
}
