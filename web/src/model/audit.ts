import type { AuditKind, AuditOutcome, AuditRecord, AuditSelection, listAudit } from '../api/audit'
import { type FetchPage, PagedList } from './list/pagedList'

export const KINDS = [
  'sign_in',
  'view',
  'search',
  'export',
  'change',
  'deletion',
  'arrival',
  'permission',
  'setting',
  'refusal',
  'audit',
] as const satisfies readonly AuditKind[]
export const OUTCOMES = ['done', 'denied', 'failed'] as const satisfies readonly AuditOutcome[]
export const SECTIONS = ['records', 'people'] as const
export type Section = (typeof SECTIONS)[number]

/** What the page shows: what its address says. */
export interface AuditQuery {
  readonly selection: AuditSelection
  /** The records, or who saw the object. */
  readonly section: Section
}

/** Read a query string; what it does not say, or says wrongly, does not matter. */
export function parseAuditQuery(search: string): AuditQuery {
  const params = new URLSearchParams(search)
  const text = (name: string): string => params.get(name)?.trim() ?? ''
  const selection: AuditSelection = {}
  const kind = KINDS.find((one) => one === text('what'))
  const outcome = OUTCOMES.find((one) => one === text('outcome'))
  if (text('who') !== '') selection.who = text('who')
  if (kind !== undefined) selection.what = kind
  if (text('object') !== '') selection.object = text('object')
  if (isMoment(text('since'))) selection.since = text('since')
  if (isMoment(text('until'))) selection.until = text('until')
  if (outcome !== undefined) selection.outcome = outcome
  const people = text('show') === 'people' && selection.object !== undefined
  return { selection, section: people ? 'people' : 'records' }
}

/** The address that shows the same. */
export function auditPath({ selection, section }: AuditQuery): string {
  const params = new URLSearchParams({ ...selection })
  if (section === 'people') params.set('show', 'people')
  const text = params.toString()
  return text === '' ? '/audit' : `/audit?${text}`
}

/** What an input for date and time shows of a moment: the reader's own time. */
export function toLocalInput(moment: string | undefined): string {
  if (moment === undefined) return ''
  const at = new Date(moment)
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 16)
}

/** The moment that somebody entered in their own time; undefined for none. */
export function fromLocalInput(text: string): string | undefined {
  const at = new Date(text)
  return text === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** The trail, read as far as somebody looks; it does not say how long it is, only whether there is more. */
export class AuditList extends PagedList<AuditRecord, object, AuditSelection> {
  constructor(fetchRecords: typeof listAudit) {
    let read = 0
    const fetchPage: FetchPage<AuditRecord, object, AuditSelection> = async (selection, page, signal) => {
      const { items, next_cursor } = await fetchRecords(selection, page, signal)
      read = items.length + (page.cursor === undefined ? 0 : read)
      return { items, next_cursor, total: read + (next_cursor === null ? 0 : 1) }
    }
    super({ fetchPage, idOf: (record) => String(record.no), nothing: {}, headOf: () => ({}) })
  }
}

function isMoment(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(new Date(text).getTime())
}
