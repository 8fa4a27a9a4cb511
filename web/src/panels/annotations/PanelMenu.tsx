import { t } from '../../i18n'
import { Disclosure } from '../shell/Disclosure'
import { Icon } from '../shell/icons'
import { useWithoutAccount } from '../shell/session'
import { useSelected } from '../viewer/useSelected'
import { useAbilities, useAnnotations, useNow } from './context'
import { panel, type PanelState } from './panelState'
import { style } from './style'

/** What one does with all annotations of a slide at once. */
export function PanelMenu() {
  const { slide, toolbox } = useAnnotations()
  const guest = useWithoutAccount()
  const can = useAbilities()
  const now = useNow()
  const wide = useSelected(panel, (state) => state.wide)
  const open = (dialog: PanelState['dialog'], close: () => void) => () => {
    close()
    panel.set({ dialog })
  }
  return (
    <>
      <button
        type="button"
        className={style.icon}
        aria-pressed={wide}
        aria-label={t('annotations.wide')}
        title={t('annotations.wide')}
        data-wide-only
        onClick={() => panel.set({ wide: !wide })}
      >
        <Icon name="columns" />
      </button>
      <Disclosure face={<Icon name="more" />} label={t('annotations.more')} className={style.icon}>
        {(close) => (
          <div className={style.menu}>
            {can.draw && now && (
              <button type="button" onClick={() => {
                  close()
                  toolbox.choose('counting')
                }}>
                {t('annotations.counting')}
              </button>
            )}
            {can.draw && now && !guest && (
              <button type="button" onClick={open('import', close)}>
                {t('annotations.import')}
              </button>
            )}
            {!guest && slide.rights.includes('export') && (
              <button type="button" onClick={open('export', close)}>
                {t('annotations.export')}
              </button>
            )}
            {can.edit && !guest && (
              <button type="button" onClick={open('files', close)}>
                {t('annotations.files')}
              </button>
            )}
          </div>
        )}
      </Disclosure>
    </>
  )
}
