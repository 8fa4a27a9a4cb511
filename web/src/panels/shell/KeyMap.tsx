import { t } from '../../i18n'
import { Dialog } from './Dialog'
import style from './KeyMap.module.css'

export interface KeyRow {
  /** The keys as printed on a keyboard; any one of them does it. */
  readonly keys: readonly string[]
  readonly does: string
}

/** All keys of a page, as a table. */
export function KeyMap({ rows, onClose }: { rows: readonly KeyRow[]; onClose: () => void }) {
  return (
    <Dialog title={t('keys.title')} onClose={onClose}>
      <dl className={style.keys}>
        {rows.map((row) => (
          <div key={row.does} className={style.row}>
            <dt>
              {row.keys.map((key) => (
                <kbd key={key} className={style.key}>
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{row.does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
