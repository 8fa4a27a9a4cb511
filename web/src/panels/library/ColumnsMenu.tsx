import { useState } from 'react'

import type { FieldRule } from '../../api/projects'
import { t } from '../../i18n'
import { type ColumnId, columnChoices, moveColumn, toggleColumn } from '../../model/list/columns'
import { Disclosure } from '../shell/Disclosure'
import { Icon } from '../shell/icons'
import style from './ColumnsMenu.module.css'
import bar from './ListToolbar.module.css'
import { columnTitle } from './columns'
import type { Columns } from './useColumns'

/** Which columns the table shows, and in which order: by dragging, or by the two arrows of each. */
export function ColumnsMenu({ columns, rules }: { columns: Columns; rules: readonly FieldRule[] }) {
  const { shown, set } = columns
  const [dragged, setDragged] = useState<ColumnId | null>(null)
  const keys = rules.filter((rule) => rule.applies_to === 'slide').map((rule) => rule.key)
  const face = (
    <>
      <Icon name="columns" size={16} />
      <span className={bar.word}>{t('columns.title')}</span>
    </>
  )
  return (
    <span className={style.menu}>
      <Disclosure face={face} label={t('columns.title')} className={bar.control}>
        {() => (
          <div className={style.columns}>
            <p className={style.hint}>{t('columns.partly')}</p>
            <ul className={style.list}>
              {columnChoices(shown, keys).map((id) => {
                const name = columnTitle(id, rules)
                const at = shown.indexOf(id)
                return (
                  <li
                    key={id}
                    className={style.column}
                    draggable={at >= 0}
                    data-dragged={dragged === id}
                    onDragStart={(event) => {
                      event.dataTransfer.setData('text/plain', name)
                      setDragged(id)
                    }}
                    onDragEnd={() => setDragged(null)}
                    onDragOver={(event) => {
                      if (dragged === null || at < 0) return
                      event.preventDefault()
                      if (dragged !== id) set(moveColumn(shown, dragged, at - shown.indexOf(dragged)))
                    }}
                    onDrop={(event) => event.preventDefault()}
                  >
                    <label className={style.name}>
                      <input type="checkbox" checked={at >= 0} onChange={() => set(toggleColumn(shown, id))} />
                      {name}
                    </label>
                    {at >= 0 && (
                      <>
                        <button
                          type="button"
                          className={style.arrow}
                          disabled={at === 0}
                          aria-label={t('columns.up', { name })}
                          onClick={() => set(moveColumn(shown, id, -1))}
                        >
                          <Icon name="up" size={16} />
                        </button>
                        <button
                          type="button"
                          className={style.arrow}
                          disabled={at === shown.length - 1}
                          aria-label={t('columns.down', { name })}
                          onClick={() => set(moveColumn(shown, id, 1))}
                        >
                          <Icon name="down" size={16} />
                        </button>
                      </>
                    )}
                  </li>
                )
              })}
            </ul>
            {columns.chosen && (
              <button type="button" className={bar.clear} onClick={columns.reset}>
                {t('columns.reset')}
              </button>
            )}
          </div>
        )}
      </Disclosure>
    </span>
  )
}
