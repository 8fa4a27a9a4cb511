import { useState } from 'react'

import { t } from '../../i18n'
import type { Annotation } from '../../model/annotations/types'
import input from '../shell/Input.module.css'
import { useAbilities, useAnnotations, useNow } from './context'
import { style } from './style'

/** Whether somebody is to look at an object, and what was decided about it. */
export function ReviewField({ one }: { one: Annotation }) {
  const { document } = useAnnotations()
  const can = useAbilities()
  const now = useNow()
  const [rejecting, setRejecting] = useState(false)
  const [note, setNote] = useState('')
  const changeable = now && (document.mayChange(one) || can.edit)
  const set = (patch: Parameters<typeof document.change>[1]): void => document.change(one.annotation_id, patch)
  const reject = (): void => {
    set({ review: 'rejected', review_note: note.trim() })
    setRejecting(false)
    setNote('')
  }
  return (
    <div className={style.reviewing}>
      <p>
        <span className={style.state} data-review={one.review}>
          {t(`annotations.review.${one.review}`)}
        </span>
        {one.review_note !== '' && <q>{one.review_note}</q>}
      </p>
      {changeable && (
        <div className={style.acts}>
          {(one.review === 'draft' || one.review === 'rejected') && (
            <button type="button" className={style.link} onClick={() => set({ review: 'in_review' })}>
              {t('annotations.askReview')}
            </button>
          )}
          {one.review === 'in_review' && (
            <button type="button" className={style.link} onClick={() => set({ review: 'draft' })}>
              {t('annotations.backToDraft')}
            </button>
          )}
          {can.edit && one.review !== 'approved' && (
            <button type="button" className={style.link} onClick={() => set({ review: 'approved', review_note: '' })}>
              {t('annotations.approve')}
            </button>
          )}
          {can.edit && one.review !== 'rejected' && !rejecting && (
            <button type="button" className={style.link} onClick={() => setRejecting(true)}>
              {t('annotations.reject')}
            </button>
          )}
        </div>
      )}
      {rejecting && (
        <form
          className={style.field}
          onSubmit={(event) => {
            event.preventDefault()
            reject()
          }}
        >
          <label>
            {t('annotations.rejectWhy')}
            <textarea className={input.input} rows={2} maxLength={2000} autoFocus value={note} onChange={(event) => setNote(event.currentTarget.value)} />
          </label>
          <div className={style.acts}>
            <button type="submit" className={style.link}>
              {t('annotations.reject')}
            </button>
            <button type="button" className={style.link} onClick={() => setRejecting(false)}>
              {t('annotations.cancel')}
            </button>
          </div>
        </form>
      )}
    </div>
  )
}
