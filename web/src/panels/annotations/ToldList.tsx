import { t } from '../../i18n'
import type { Told } from '../../model/annotations/types'
import { Icon } from '../shell/icons'
import { useAnnotations, useDocument } from './context'
import { nameOf } from './objects'
import { panel } from './panelState'
import { keysText } from './words'
import { style } from './style'

/** What became of one's own changes where somebody else was there first. What was refused stands at the save sign. */
export function ToldList() {
  const { document } = useAnnotations()
  const all = useDocument((state) => state.told)
  const told = all.filter((one) => one.kind !== 'refused')
  if (told.length === 0) return null
  return (
    <ul className={style.told} role="status">
      {told.map((one) => (
        <li key={one.notice_id}>
          <span>
            <Sentence one={one} />{' '}
            <button
              type="button"
              className={style.link}
              onClick={() => {
                document.select([one.target])
                panel.set({ tab: 'history', historyOf: one.target })
              }}
            >
              {t('annotations.history')}
            </button>
          </span>
          <button type="button" className={style.icon} aria-label={t('annotations.dismiss')} onClick={() => document.forget(one)}>
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
  )
}

function Sentence({ one }: { one: Told }) {
  const { document } = useAnnotations()
  const target = document.get(one.target)
  const name = target === undefined ? t('annotations.anObject') : nameOf(target)
  if (one.kind === 'lost') return t('annotations.told.lost', { name, by: one.by, what: keysText(one.keys) })
  return one.kind === 'undo_conflict' ? t('annotations.told.undo', { name }) : one.detail
}
