import { t } from '../../i18n'
import small from '../shell/Small.module.css'
import { useAnnotations, useDocument } from './context'
import { nameOf } from './objects'
import { keysText } from './words'
import style from './status.module.css'

/** Changes that the server did not take: kept until their author gives them up. */
export function RefusedList() {
  const { session, document } = useAnnotations()
  const told = useDocument((state) => state.told)
  const refused = told.filter((one) => one.kind === 'refused')
  if (refused.length === 0) return null
  const giveUp = (which: typeof refused): void => {
    void session.dropRefused(which.map((one) => one.op.op_id)).then(() => {
      for (const one of which) document.forget(one)
    })
  }
  return (
    <>
      <ul className={style.refused} aria-label={t('annotations.refused')}>
        {refused.map((one) => {
          const target = document.get(one.target)
          return (
            <li key={one.notice_id}>
              <strong>{target === undefined ? keysText(Object.keys(one.op.patch)) : nameOf(target)}</strong>
              <span>{one.detail}</span>
              <button type="button" className={small.act} onClick={() => giveUp([one])}>
                {t('annotations.giveUp')}
              </button>
            </li>
          )
        })}
      </ul>
      {refused.length > 1 && (
        <button type="button" className={small.act} onClick={() => giveUp(refused)}>
          {t('annotations.giveUpAll', { count: refused.length })}
        </button>
      )}
      <button type="button" className={small.act} onClick={session.retry}>
        {t('annotations.retryNow')}
      </button>
    </>
  )
}
