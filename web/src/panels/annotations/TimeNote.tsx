import { formatMoment, t } from '../../i18n'
import { useAnnotations, useDocument } from './context'
import { style } from './style'

/** Says that another moment is shown, and leads back. */
export function TimeNote() {
  const { document } = useAnnotations()
  const at = useDocument((state) => state.at)
  if (at === null) return null
  return (
    <p className={style.timeNote} role="status">
      {t('annotations.asOf', { when: formatMoment(at.time) })}
      <button type="button" className={style.link} onClick={() => void document.showAt(null)}>
        {t('annotations.toNow')}
      </button>
    </p>
  )
}
