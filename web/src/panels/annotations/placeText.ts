import { t } from '../../i18n'
import type { Annotation, CommentPlace } from '../../model/annotations/types'
import { nameOf } from './objects'

/** What a comment is about, in words. */
export function placeText(on: CommentPlace, annotations: ReadonlyMap<string, Annotation>): string {
  if (on.kind !== 'annotation') return t(`annotations.about.${on.kind}`)
  const one = annotations.get(on.annotation_id)
  return one === undefined ? t('annotations.about.gone') : t('annotations.about.annotation', { name: nameOf(one) })
}
