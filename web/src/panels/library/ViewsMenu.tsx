import { type SyntheticEvent, useState } from 'react'

import { type SavedView, changeView, createView, deleteView } from '../../api/views'
import { t } from '../../i18n'
import { type ColumnId, readColumns } from '../../model/list/columns'
import { type ListQuery, listAddress } from '../../model/list/query'
import { listOfView, viewQuery } from '../../model/list/views'
import { Disclosure } from '../shell/Disclosure'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Icon } from '../shell/icons'
import bar from './ListToolbar.module.css'
import { ViewRow } from './ViewRow'
import style from './ViewsMenu.module.css'
import { readViews } from './useViews'

interface Props {
  views: readonly SavedView[]
  query: ListQuery
  columns: readonly ColumnId[]
  onOpen: (query: ListQuery, columns: readonly ColumnId[]) => void
}

/** Lists kept under a name: open one, keep the present one, share and rename them. */
export function ViewsMenu({ views, query, columns, onOpen }: Props) {
  const [error, setError] = useState<unknown>(null)
  const active = views.find((view) => view.view_id === query.view) ?? null
  const changed =
    active !== null &&
    (listAddress(listOfView(active.view_id, active.query)) !== listAddress(query) ||
      active.columns.join(' ') !== columns.join(' '))
  /** Do something on the server and read the views again; true when it was done. */
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setError(null)
    try {
      await work()
      await readViews()
      return true
    } catch (failure) {
      setError(failure)
      return false
    }
  }
  const open = (view: SavedView): void => onOpen(listOfView(view.view_id, view.query), readColumns(view.columns))
  const save = (name: string): Promise<boolean> =>
    run(async () => {
      const made = await createView({ name, query: viewQuery(query), columns: [...columns], shared: false })
      await readViews() // the list must know the view before the address names it
      open(made)
    })
  const face = (
    <>
      <Icon name="bookmark" size={16} />
      <span className={bar.word}>{active?.name ?? t('views.title')}</span>
    </>
  )
  return (
    <Disclosure face={face} label={t('views.title')} className={bar.control} align="start">
      {(close) => (
        <div className={style.views}>
          {views.length === 0 && <p className={style.hint}>{t('views.none')}</p>}
          <ul className={style.list} aria-label={t('views.mine')}>
            {views.map((view) => (
              <ViewRow
                key={view.view_id}
                view={view}
                active={view === active}
                onOpen={() => {
                  open(view)
                  close()
                }}
                onChange={(patch) => run(() => changeView(view.view_id, patch))}
                onDelete={() => run(() => deleteView(view.view_id))}
              />
            ))}
          </ul>
          {changed && active.mine && (
            <button
              type="button"
              className={bar.clear}
              onClick={() => {
                void run(() => changeView(active.view_id, { query: viewQuery(query), columns: [...columns] }))
              }}
            >
              {t('views.update', { name: active.name })}
            </button>
          )}
          <NewView onSave={save} onSaved={close} />
          {error !== null && <ErrorNotice compact error={error} title={t('views.failed')} />}
        </div>
      )}
    </Disclosure>
  )
}

function NewView({ onSave, onSaved }: { onSave: (name: string) => Promise<boolean>; onSaved: () => void }) {
  const [name, setName] = useState('')
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (name.trim() === '') return
    void onSave(name.trim()).then((saved) => {
      if (saved) onSaved()
    })
  }
  return (
    <form className={style.save} onSubmit={submit}>
      <label className={style.saveLabel}>
        {t('views.save')}
        <input
          className={style.name}
          value={name}
          placeholder={t('views.name')}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" className={style.submit} disabled={name.trim() === ''}>
        {t('views.saveShort')}
      </button>
    </form>
  )
}
