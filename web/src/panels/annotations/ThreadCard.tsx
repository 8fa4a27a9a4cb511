import { Fragment, useState } from 'react'

import { formatMoment, formatSince, t } from '../../i18n'
import type { Comment } from '../../model/annotations/types'
import small from '../shell/Small.module.css'
import { CommentForm } from './CommentForm'
import { useAbilities, useAnnotations, useDocument, useNow, usePresence } from './context'
import { useNamed } from './guestName'
import { goTo, goToPlace } from './look'
import { placeText } from './placeText'
import type { Thread } from './threads'
import { useFocusBack } from './useFocusBack'
import style from './comments.module.css'

/** One conversation: what it is about, what was said, an answer, and whether it is settled. */
export function ThreadCard({ thread }: { thread: Thread }) {
  const { document, viewer } = useAnnotations()
  const annotations = useDocument((state) => state.annotations)
  const can = useAbilities()
  const now = useNow()
  const named = useNamed()
  const [answering, setAnswering] = useState(false)
  const [around, focusBack] = useFocusBack<HTMLElement>('answer')
  const closed = (): void => {
    setAnswering(false)
    focusBack()
  }
  const { on, thread_id: id, resolved_at: resolvedAt } = thread
  const one = on.kind === 'annotation' ? annotations.get(on.annotation_id) : undefined
  const go =
    one !== undefined
      ? () => {
          document.select([one.annotation_id])
          goTo(viewer, [one.geometry])
        }
      : on.kind === 'place'
        ? () => goToPlace(viewer, on.x, on.y)
        : null
  const about = placeText(on, annotations)
  return (
    <article ref={around} className={style.thread} data-resolved={resolvedAt !== null || undefined} aria-label={about}>
      <header>
        {go === null ? (
          <span className={style.on}>{about}</span>
        ) : (
          <button type="button" className={small.link} onClick={go}>
            {about}
          </button>
        )}
        {can.comment && now && (
          <button type="button" className={small.link} onClick={() => document.resolve(id, resolvedAt === null)}>
            {resolvedAt === null ? t('annotations.resolve') : t('annotations.reopen')}
          </button>
        )}
      </header>
      {resolvedAt !== null && (
        <p className={small.quiet}>{t('annotations.resolvedWhen', { when: formatSince(resolvedAt) })}</p>
      )}
      <ol>
        {thread.comments.map((comment) => (
          <Said key={comment.comment_id} comment={comment} />
        ))}
      </ol>
      {can.comment && now && !answering && (
        <button type="button" className={small.link} data-opens="answer" onClick={() => named(() => setAnswering(true))}>
          {t('annotations.answer')}
        </button>
      )}
      {answering && (
        <CommentForm
          act={t('annotations.answer')}
          onSend={(text, mentions) => {
            document.comment(on, text, { thread: id, mentions })
            closed()
          }}
          onCancel={closed}
        />
      )}
    </article>
  )
}

function Said({ comment }: { comment: Comment }) {
  const { document } = useAnnotations()
  const me = usePresence((state) => state.me)
  const now = useNow()
  const [editing, setEditing] = useState(false)
  const [around, focusBack] = useFocusBack<HTMLLIElement>('edit')
  const closed = (): void => {
    setEditing(false)
    focusBack()
  }
  const { comment_id: id, author_name: author, text, created_at: at, changed_at: changed, deleted, author_id: authorId } = comment
  if (deleted) return <li className={small.quiet}>{t('annotations.commentDeleted')}</li>
  const mine = me !== null && me.id === authorId
  return (
    <li ref={around} className={style.said}>
      <p className={style.by}>
        <strong>{author}</strong>
        <time dateTime={at} title={formatMoment(at)}>
          {formatSince(at)}
        </time>
        {changed > at && <span>{t('annotations.edited')}</span>}
      </p>
      {editing ? (
        <CommentForm
          act={t('annotations.save')}
          text={text}
          onSend={(next, mentions) => {
            document.changeComment(id, next, mentions)
            closed()
          }}
          onCancel={closed}
        />
      ) : (
        <p className={style.text}>
          <Text text={text} />
        </p>
      )}
      {mine && now && !editing && (
        <p className={style.own}>
          <button type="button" className={small.link} data-opens="edit" onClick={() => setEditing(true)}>
            {t('annotations.edit')}
          </button>
          <button type="button" className={small.link} onClick={() => document.removeComment(id)}>
            {t('annotations.delete')}
          </button>
        </p>
      )}
    </li>
  )
}

/** Mentions stand out; everything is text, whatever it looks like. */
function Text({ text }: { text: string }) {
  return text.split(/(@[\p{L}\p{N}._-]+(?: \p{Lu}[\p{L}._-]*)?)/u).map((part, i) => (
    <Fragment key={i}>{part.startsWith('@') ? <mark>{part}</mark> : part}</Fragment>
  ))
}
