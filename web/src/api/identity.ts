/**
 * Hide identity: the one place that decides what names a patient. While it is on, every answer of the server is
 * stripped before any page sees it, so that what is not known cannot be shown: no page, list, dialog, tooltip or
 * title has to think of it. Switching drops what was read before and reads it again.
 */
import { t } from '../i18n'

const STORED = 'coverslip.identityHidden'

/** Values by these names are names of patients or may hold them, wherever they stand. */
const EMPTIED: Readonly<Record<string, unknown>> = {
  file_name: '…',
  original_name: '…',
  path: '…',
  relative_path: '…',
  folder: '…',
  label_text: null,
  accession: null,
  case_name: null,
  case: null,
  project_name: null,
  slide_name: null,
  slide_names: [],
  metadata: {},
  fields: {},
  tags: [],
  associated: [],
  codes: [],
}
/** Text that people or the server wrote: known names are taken out of it. */
const WRITTEN = new Set(['message', 'detail', 'title', 'note', 'name', 'text', 'reason'])
/** What a name belongs to, by the id beside it; the first that is there counts. */
const OWNERS = [
  ['bookmark_id', null],
  ['preset_id', null],
  ['export_id', null],
  ['attachment_id', 'identity.attachment'],
  ['view_id', 'identity.view'],
  ['slide_id', 'identity.slide'],
  ['case_id', 'identity.case'],
  ['root_id', 'identity.folder'],
  ['project_id', 'identity.project'],
  ['upload_id', 'identity.upload'],
  ['arrival_id', 'identity.upload'],
] as const
/** A name shorter than this is also an ordinary word: it is not searched for in sentences. */
const SHORTEST = 4
const MOST_KNOWN = 20_000

/** Names met so far, to be taken out of sentences, and what stands in their place. */
const known = new Set<string>()
const given = new Set<string>()
const listeners = new Set<() => void>()
let hidden = stored()

function stored(): boolean {
  try {
    return window.localStorage.getItem(STORED) === '1'
  } catch {
    return false
  }
}

if (typeof window !== 'undefined')
  window.addEventListener('storage', (event) => {
    if (event.key === STORED) change(event.newValue === '1')
  })

function change(now: boolean): void {
  if (now === hidden) return
  hidden = now
  for (const listener of [...listeners]) listener()
}

/** Whether names, labels, accession and file names are hidden; watch it with `useStore`. */
export const identity = {
  get: (): boolean => hidden,
  /** Called when it is switched: drop everything read before. */
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  },
  set(now: boolean): void {
    try {
      if (now) window.localStorage.setItem(STORED, '1')
      else window.localStorage.removeItem(STORED)
    } catch {
      // Without storage it lasts as long as the page.
    }
    change(now)
  },
}

type Json = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is shown instead of a name: the kind and the end of the id, which says nothing about anybody. */
function standIn(owner: Json): string | null {
  for (const [key, word] of OWNERS) {
    const id = owner[key]
    if (typeof id !== 'string') continue
    if (word === null) return null
    const name = t(word, { id: id.replace(/\W/g, '').slice(-4).toUpperCase() })
    given.add(name)
    return name
  }
  return null
}

/** A copy of an answer without what names a patient. */
export function withoutIdentity(value: unknown): unknown {
  learn(value)
  return stripped(value)
}

/** Collect the names of an answer first: a sentence before them may hold them, too. */
function learn(value: unknown): void {
  if (Array.isArray(value)) for (const part of value) learn(part)
  if (!isRecord(value)) return
  const named = standIn(value) !== null
  for (const [key, part] of Object.entries(value)) {
    if (key in EMPTIED) words(part).forEach(remember)
    else if (key === 'name' && named && typeof part === 'string') remember(part)
    else learn(part)
  }
}

function words(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(words)
  return []
}

function remember(name: string): void {
  for (const form of [name, name.replace(/^.*[/\\]/, ''), name.replace(/^.*[/\\]/, '').replace(/\.[^.]{1,8}$/, '')])
    if (form.length >= SHORTEST && known.size < MOST_KNOWN && !given.has(form)) known.add(form)
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped)
  if (!isRecord(value)) return value
  const name = standIn(value)
  const copy: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(value)) {
    const empty = EMPTIED[key]
    if (key === 'path' && 'root_id' in value) copy[key] = name ?? empty
    else if (key in EMPTIED) copy[key] = keepsShape(part, empty) ? empty : part
    else if (key === 'name' && name !== null) copy[key] = name
    else if (WRITTEN.has(key) && typeof part === 'string') copy[key] = withoutNames(part)
    else copy[key] = stripped(part)
  }
  return copy
}

/** Only what could hold a name is emptied: `fields` of a form is a list of rules, a `case` may be a number. */
function keepsShape(value: unknown, empty: unknown): boolean {
  if (value === null || typeof value === 'string') return typeof empty === 'string' || empty === null
  if (Array.isArray(value)) return Array.isArray(empty)
  return isRecord(value) && isRecord(empty)
}

/** A sentence without the names met so far. */
export function withoutNames(text: string): string {
  let left = text
  for (const name of [...known].sort((a, b) => b.length - a.length)) if (left.includes(name)) left = left.replaceAll(name, '…')
  return left
}

/** A name that no answer of the server brought, such as that of a file about to be sent. */
export function shownName(name: string): string {
  return hidden ? '…' : name
}

/** True when somebody would write a stand-in into the catalogue, as if it were the name. */
export function holdsStandIn(body: string): boolean {
  return [...given].some((name) => body.includes(JSON.stringify(name)))
}
