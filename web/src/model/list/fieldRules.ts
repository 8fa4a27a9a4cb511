import type { FieldProblem } from '../../api/problem'
import type { FieldRule } from '../../api/projects'
import type { FieldValue } from '../../api/slides'

/** The value that a person's text means for a rule; text that means none stays text, and the server says why not. */
export function readField(rule: Pick<FieldRule, 'type'> | null, text: string): FieldValue {
  const said = text.trim()
  if (said === '') return null
  switch (rule?.type) {
    case 'number':
    case 'integer':
      return readNumber(said)
    case 'boolean':
      return said === 'true' ? true : said === 'false' ? false : said
    default:
      return said
  }
}

/** A decimal comma is a point; anything else that is no number is left to the server. */
function readNumber(text: string): FieldValue {
  const value = Number(text.replace(/^([+-]?\d+),(\d+)$/, '$1.$2'))
  return Number.isFinite(value) ? value : text
}

/** A value as the text that one edits. */
export function writeField(value: FieldValue | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}

/** The server's sentence about one property, by the end of its pointer: `/fields/site`, `/patch/fields/site`. */
export function problemAt(problems: readonly FieldProblem[], property: string): string | null {
  const wanted = `/${property}`
  return problems.find(({ pointer }) => pointer === wanted || pointer.endsWith(wanted))?.detail ?? null
}

/** The keys of free fields: those that slides carry and no rule names. */
export function freeKeys(fields: readonly Readonly<Record<string, FieldValue>>[], rules: readonly FieldRule[]): string[] {
  const ruled = new Set(rules.map((rule) => rule.key))
  const keys = new Set(fields.flatMap((one) => Object.keys(one)))
  return [...keys].filter((key) => !ruled.has(key)).sort((a, b) => a.localeCompare(b))
}

/** A key that can be made from a label: what people type becomes what programs read. */
export function keyFrom(label: string): string {
  return label
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
}

/** Options as lines of text, and back. */
export function readOptions(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map((one) => one.trim()).filter((one) => one !== ''))]
}

/** A rule on its way: every field is text as typed, `id` keeps its place while its key changes. */
export interface RuleDraft {
  readonly id: number
  readonly key: string
  /** True once somebody typed the key itself; until then it follows the label. */
  readonly ownKey: boolean
  readonly label: string
  readonly type: FieldRule['type']
  readonly applies_to: FieldRule['applies_to']
  readonly options: string
  readonly pattern: string
  readonly minimum: string
  readonly maximum: string
  readonly default: string
  readonly required: boolean
  /** Whether it may name somebody, so that only who may see names sees it. */
  readonly identity: boolean
}

export function draftOf(rule: FieldRule, id: number): RuleDraft {
  return {
    id,
    key: rule.key,
    ownKey: true,
    label: rule.label,
    type: rule.type,
    applies_to: rule.applies_to,
    options: (rule.options ?? []).join('\n'),
    pattern: rule.pattern ?? '',
    minimum: writeField(rule.minimum),
    maximum: writeField(rule.maximum),
    default: writeField(rule.default),
    required: rule.required,
    identity: rule.identity,
  }
}

export function newDraft(id: number): RuleDraft {
  const blank = { options: '', pattern: '', minimum: '', maximum: '', default: '', identity: true }
  return { id, key: '', ownKey: false, label: '', type: 'string', applies_to: 'slide', required: false, ...blank }
}

/** The rule that a draft means; what does not belong to its type is left out. */
export function ruleOf(draft: RuleDraft): FieldRule {
  const { type } = draft
  const key = draft.ownKey ? draft.key.trim() : keyFrom(draft.label)
  const numeric = type === 'number' || type === 'integer'
  return {
    key,
    label: draft.label.trim() === '' ? key : draft.label.trim(),
    type,
    applies_to: draft.applies_to,
    required: draft.required,
    identity: draft.identity,
    options: type === 'enum' ? readOptions(draft.options) : null,
    pattern: type === 'string' && draft.pattern !== '' ? draft.pattern : null,
    minimum: numeric ? boundOf(draft.minimum) : null,
    maximum: numeric ? boundOf(draft.maximum) : null,
    default: readField({ type }, draft.default),
  }
}

function boundOf(text: string): number | null {
  const value = readField({ type: 'number' }, text)
  return typeof value === 'number' ? value : null
}
