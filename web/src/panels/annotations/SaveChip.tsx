import { formatSince, t } from '../../i18n'
import type { SaveState } from '../../model/annotations/types'
import { Disclosure } from '../shell/Disclosure'
import { Icon, type IconName } from '../shell/icons'
import small from '../shell/Small.module.css'
import { useAnnotations, useDocument } from './context'
import { RefusedList } from './RefusedList'
import style from './status.module.css'

/** Whether everything that was drawn and said is durable; what is not can be seen and sent again here. */
export function SaveChip() {
  const { session } = useAnnotations()
  const saving = useDocument((state) => state.saving)
  const loaded = useDocument((state) => state.loaded)
  const text = textOf(saving)
  if (!loaded && saving.kind === 'saved') return null
  const face = (
    <>
      <Icon name={iconOf(saving)} size={15} />
      <span className={style.saveText}>{text}</span>
    </>
  )
  return (
    <div className={style.save} data-kind={saving.kind}>
      {/* Read out when it changes; the button beside it may be closed. */}
      <span className="cs-unseen" role="status">
        {text}
      </span>
      {saving.kind === 'unsaved' ? (
        <Disclosure face={face} label={text} className={style.chip}>
          {() => (
            <div className={style.savePanel}>
              <p>{t(`annotations.unsaved.${saving.reason}`)}</p>
              {saving.reason === 'refused' ? (
                <RefusedList />
              ) : (
                <button type="button" className={small.act} onClick={session.retry}>
                  {t('annotations.retryNow')}
                </button>
              )}
            </div>
          )}
        </Disclosure>
      ) : (
        <span className={style.chip} title={text}>
          {face}
        </span>
      )}
    </div>
  )
}

function iconOf(saving: SaveState): IconName {
  if (saving.kind === 'saved') return 'check'
  if (saving.kind === 'saving') return 'clock'
  return saving.reason === 'offline' ? 'offline' : 'warning'
}

function textOf(saving: SaveState): string {
  if (saving.kind === 'saved') return t('annotations.saved')
  if (saving.kind === 'saving') return t('annotations.saving')
  const since = formatSince(new Date(saving.since).toISOString())
  return t(`annotations.notSaved.${saving.reason}`, { count: saving.count, since })
}
