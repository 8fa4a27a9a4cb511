/** Entries of the journal in words. */
import { t } from '../../i18n'
import type { Annotation, AnnotationClass, Entry, Patch } from '../../model/annotations/types'
import { nameOf } from './objects'

const KEYS = {
  geometry: 'annotations.key.geometry',
  nucleus: 'annotations.key.nucleus',
  class_id: 'annotations.key.class',
  name: 'annotations.key.name',
  layer_id: 'annotations.key.layer',
  parent_id: 'annotations.key.parent',
  object_type: 'annotations.key.type',
  plane: 'annotations.key.plane',
  time: 'annotations.key.time',
  locked: 'annotations.key.locked',
  review: 'annotations.key.review',
  review_note: 'annotations.key.reviewNote',
  text: 'annotations.key.text',
  mentions: 'annotations.key.mentions',
  resolved: 'annotations.key.resolved',
  opacity: 'annotations.key.opacity',
  visibility: 'annotations.key.visibility',
  order: 'annotations.key.order',
} as const

/** What a patch changes, as a list of words. */
export function keysText(keys: readonly string[]): string {
  const words = keys.map((key) => {
    if (key in KEYS) return t(KEYS[key as keyof typeof KEYS])
    const named = /^(?:properties|measurements)\.(.+)$/.exec(key)
    return named?.[1] ?? key
  })
  return [...new Set(words)].join(', ')
}

/** What somebody did, in a few words. */
export function entryText(entry: Entry, classes: ReadonlyMap<string, AnnotationClass>): string {
  const { entity, kind, patch } = entry
  if (entity === 'comment') return t(commentKey(kind, patch))
  if (entity === 'layer') return t(`annotations.did.layer.${kind}`)
  if (entity === 'class_list') return t('annotations.did.classes')
  if (entity === 'result_layer') return t('annotations.did.result')
  if (entry.variant_of !== null) return t('annotations.did.variant')
  if (kind !== 'change') return t(`annotations.did.${kind}`)
  if ('class_id' in patch && Object.keys(patch).length === 1) {
    const id = patch['class_id']
    const name = typeof id === 'string' ? classes.get(id)?.name : undefined
    return name === undefined ? t('annotations.did.noClass') : t('annotations.did.class', { name })
  }
  if (typeof patch['review'] === 'string') return t('annotations.did.review', { state: reviewText(patch['review']) })
  return t('annotations.did.change', { what: keysText(Object.keys(patch)) })
}

/** What an entry is about, if it is still known. */
export function targetText(entry: Entry, one: Annotation | undefined): string {
  if (entry.entity !== 'annotation') return ''
  if (one !== undefined) return nameOf(one)
  const { name, geometry } = { ...entry.before, ...entry.patch } as Partial<Annotation>
  return geometry === undefined ? (name ?? '') : nameOf({ name: name ?? '', geometry })
}

export function reviewText(review: string): string {
  return review === 'draft' || review === 'in_review' || review === 'approved' || review === 'rejected'
    ? t(`annotations.review.${review}`)
    : review
}

function commentKey(kind: Entry['kind'], patch: Patch) {
  if (kind === 'create') return 'annotations.did.comment'
  if (kind === 'delete' || patch['deleted'] === true) return 'annotations.did.commentGone'
  if ('resolved' in patch) return patch['resolved'] === false ? 'annotations.did.reopened' : 'annotations.did.resolved'
  return 'annotations.did.commentChanged'
}
