import { useState } from 'react'

import { t } from '../../i18n'
import type { CommentPlace } from '../../model/annotations/types'
import { Icon } from '../shell/icons'
import small from '../shell/Small.module.css'
import { useSelected } from '../viewer/useSelected'
import { CommentForm } from './CommentForm'
import { useAbilities, useAnnotations, useDocument, useNow } from './context'
import { useNamed } from './guestName'
import { panel } from './panelState'
import { placeText } from './placeText'
import { ThreadCard } from './ThreadCard'
import { type Thread, threadsOf } from './threads'
import { useFocusBack } from './useFocusBack'
import style from './comments.module.css'

/** Conversations on this slide: open ones first; the others on request. */
export function Comments() {
  const { document, viewer, slide } = useAnnotations()
  const comments = useDocument((state) => state.comments)
  const annotations = useDocument((state) => state.annotations)
  const selection = useDocument((state) => state.selection)
  const commentOn = useSelected(panel, (state) => state.commentOn)
  const can = useAbilities()
  const now = useNow()
  const named = useNamed()
  const [resolved, setResolved] = useState(false)
  const threads = threadsOf(comments.values())
  const open = threads.filter((one) => one.resolved_at === null)
  const done = threads.filter((one) => one.resolved_at !== null)
  const only = selection.size === 1 ? annotations.get([...selection][0] ?? '') : undefined
  const begin = (on: CommentPlace): void => named(() => panel.set({ commentOn: on }))
  const here = (): CommentPlace => {
    const { x, y } = viewer.camera.get()
    return { kind: 'place', x, y }
  }
  const [around, focusBack] = useFocusBack<HTMLDivElement>('comment')
  const closed = (): void => {
    panel.set({ commentOn: null })
    focusBack()
  }
  const card = (thread: Thread) => <ThreadCard key={thread.thread_id} thread={thread} />
  return (
    <>
      {can.comment && now && commentOn === null && (
        <div ref={around} className={style.start} role="group" aria-label={t('annotations.commentOn')}>
          {only !== undefined && (
            <button type="button" className={small.act} onClick={() => begin({ kind: 'annotation', annotation_id: only.annotation_id })}>
              {t('annotations.on.selected')}
            </button>
          )}
          <button type="button" className={small.act} data-opens="comment" onClick={() => begin(here())}>
            {t('annotations.on.place')}
          </button>
          <button type="button" className={small.act} onClick={() => begin({ kind: 'slide' })}>
            {t('annotations.on.slide')}
          </button>
          {slide.case_id !== null && (
            <button type="button" className={small.act} onClick={() => begin({ kind: 'case' })}>
              {t('annotations.on.case')}
            </button>
          )}
        </div>
      )}
      {commentOn !== null && (
        <div className={style.new}>
          <p className={style.on}>{placeText(commentOn, annotations)}</p>
          <CommentForm
            act={t('annotations.comment')}
            onSend={(text, mentions) => {
              document.comment(commentOn, text, { mentions })
              closed()
            }}
            onCancel={closed}
          />
        </div>
      )}
      {threads.length === 0 && commentOn === null && (
        <div className={small.empty}>
          <Icon name="comment" size={28} />
          <p>{t('annotations.noComments')}</p>
          {can.comment && <p className={small.quiet}>{t('annotations.noCommentsText')}</p>}
        </div>
      )}
      {open.map(card)}
      {done.length > 0 && (
        <button type="button" className={small.link} aria-expanded={resolved} onClick={() => setResolved(!resolved)}>
          {t(resolved ? 'annotations.hideResolved' : 'annotations.showResolved', { count: done.length })}
        </button>
      )}
      {resolved && done.map(card)}
    </>
  )
}
