/**
 * The part of JSON Schema that a form on an annotation is made of: an object whose properties are texts, numbers,
 * yes or no, one of a list, or several of a list. Everything else of a schema is left as it is and shown as text.
 */

export const FIELD_KINDS = ['text', 'long', 'number', 'integer', 'yesno', 'choice', 'choices', 'date'] as const
export type FieldKind = (typeof FIELD_KINDS)[number]
export type Schema = Readonly<Record<string, unknown>>

/** One field of a form. */
export interface FormField {
  key: string
  title: string
  kind: FieldKind
  required: boolean
  hint: string
  choices: readonly string[]
  minimum: number | null
  maximum: number | null
}

export type FieldFault = 'missing' | 'number' | 'integer' | 'low' | 'high' | 'choice' | 'date' | 'long'

/** The longest text that a field keeps. */
export const LONGEST_TEXT = 2000
/** A text without a stated bound, or with one beyond this, gets several lines. */
const LONG_FROM = 200

/** The fields of a schema, in its order; an empty list for what is no form. */
export function fieldsOf(schema: Schema | null): readonly FormField[] {
  const properties = recordOf(schema?.['properties'])
  if (properties === null) return []
  const required = textsOf(schema?.['required'])
  return Object.entries(properties).flatMap(([key, value]) => {
    const rule = recordOf(value)
    return rule === null ? [] : [fieldOf(key, rule, required.includes(key))]
  })
}

/** A schema that says these fields: what the editor of classes stores. */
export function schemaOf(fields: readonly FormField[]): Schema | null {
  if (fields.length === 0) return null
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.key, ruleOf(field)])),
    required: fields.filter((field) => field.required).map((field) => field.key),
  }
}

/** What is wrong with a value; null when nothing is. Values are what JSON keeps. */
export function faultOf(field: FormField, value: unknown): FieldFault | null {
  if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0))
    return field.required ? 'missing' : null
  switch (field.kind) {
    case 'number':
    case 'integer':
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'number'
      if (field.kind === 'integer' && !Number.isInteger(value)) return 'integer'
      if (field.minimum !== null && value < field.minimum) return 'low'
      return field.maximum !== null && value > field.maximum ? 'high' : null
    case 'choice':
      return typeof value === 'string' && field.choices.includes(value) ? null : 'choice'
    case 'choices':
      return textsOf(value).every((one) => field.choices.includes(one)) && Array.isArray(value) ? null : 'choice'
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? null : 'date'
    case 'yesno':
      return typeof value === 'boolean' ? null : 'choice'
    default:
      return typeof value === 'string' && value.length > LONGEST_TEXT ? 'long' : null
  }
}

/** A name for a new field that no other one has. */
export function freshKey(title: string, taken: readonly string[]): string {
  const base = title.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 40) || 'field'
  let key = base
  for (let i = 2; taken.includes(key); i++) key = `${base}_${i}`
  return key
}

/** New fields get the name of their question; those that objects may have answered keep theirs. */
export function named(fields: readonly FormField[], before: readonly FormField[]): readonly FormField[] {
  const kept = new Set(before.map((field) => field.key))
  const taken = fields.map((field) => field.key).filter((key) => kept.has(key))
  return fields.map((field) => {
    if (kept.has(field.key)) return field
    const key = freshKey(field.title, taken)
    taken.push(key)
    return { ...field, key }
  })
}

function fieldOf(key: string, rule: Schema, required: boolean): FormField {
  const items = recordOf(rule['items'])
  return {
    key,
    title: textOf(rule['title']) ?? key,
    kind: kindOf(rule, items),
    required,
    hint: textOf(rule['description']) ?? '',
    choices: textsOf(rule['enum'] ?? items?.['enum']),
    minimum: numberOf(rule['minimum']),
    maximum: numberOf(rule['maximum']),
  }
}

function kindOf(rule: Schema, items: Schema | null): FieldKind {
  if (Array.isArray(rule['enum'])) return 'choice'
  switch (rule['type']) {
    case 'array':
      return Array.isArray(items?.['enum']) ? 'choices' : 'text'
    case 'boolean':
      return 'yesno'
    case 'integer':
      return 'integer'
    case 'number':
      return 'number'
    default:
      if (rule['format'] === 'date') return 'date'
      return (numberOf(rule['maxLength']) ?? 0) > LONG_FROM ? 'long' : 'text'
  }
}

function ruleOf({ kind, title, hint, choices, minimum, maximum }: FormField): Schema {
  const words = { title, ...(hint === '' ? {} : { description: hint }) }
  const bounds = { ...(minimum === null ? {} : { minimum }), ...(maximum === null ? {} : { maximum }) }
  switch (kind) {
    case 'number':
    case 'integer':
      return { ...words, type: kind, ...bounds }
    case 'yesno':
      return { ...words, type: 'boolean' }
    case 'choice':
      return { ...words, type: 'string', enum: [...choices] }
    case 'choices':
      return { ...words, type: 'array', items: { type: 'string', enum: [...choices] }, uniqueItems: true }
    case 'date':
      return { ...words, type: 'string', format: 'date' }
    case 'long':
      return { ...words, type: 'string', maxLength: LONGEST_TEXT }
    case 'text':
      return { ...words, type: 'string', maxLength: LONG_FROM }
  }
}

function recordOf(value: unknown): Schema | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}
