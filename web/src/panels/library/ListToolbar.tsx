import type { ReactNode } from 'react'

import { type Key, t } from '../../i18n'
import type { ListState } from '../../model/list/slideList'
import { type ListQuery, SORTS, type Sort, isNarrowed } from '../../model/list/query'
import { Icon } from '../shell/icons'
import { FilterMenu } from './FilterMenu'
import style from './ListToolbar.module.css'

export type View = 'grid' | 'table'

interface Props {
  title: string
  query: ListQuery
  list: ListState
  view: View
  /** True when the slides are shown case by case. */
  grouped: boolean
  /** How many cases there are, where cases are listed instead of slides. */
  cases: number | null
  onQuery: (query: ListQuery) => void
  onView: (view: View) => void
  onGroup: () => void
  /** Saved views and columns, and the menu of the project at the end. */
  menus: ReactNode
  project: ReactNode
}

/** What is shown and how: project, count, filters, order, by case, pictures or table. */
export function ListToolbar(props: Props) {
  const { title, query, list, view, grouped, cases, onQuery, onView, onGroup, menus, project } = props
  const count =
    cases === null
      ? t(isNarrowed(query) ? 'library.found' : 'library.total', { count: list.total })
      : t('cases.total', { count: cases })
  return (
    <div className={style.bar}>
      <div className={style.what}>
        <h1 className={style.title}>{title}</h1>
        <span className={style.total} role="status">
          {list.known ? count : t('library.loadingList')}
        </span>
      </div>
      <div className={style.controls}>
        {cases === null && (
          <>
            <FilterMenu query={query} facets={list.head} onQuery={onQuery} />
            {menus}
            <span className={style.sort}>
              <select
                className={style.control}
                aria-label={t('library.sort')}
                value={query.sort}
                onChange={(event) => onQuery({ ...query, sort: sortOf(event.currentTarget.value) })}
              >
                {SORTS.map((sort) => (
                  <option key={sort} value={sort}>
                    {t(`library.sort.${sort}`)}
                  </option>
                ))}
              </select>
              <Icon name="down" size={14} />
            </span>
          </>
        )}
        <div className={style.views} role="group" aria-label={t('library.view')}>
          <ViewButton icon="case" name="cases.group" pressed={grouped} onClick={onGroup} />
          {(['grid', 'table'] as const).map((kind) => (
            <ViewButton
              key={kind}
              icon={kind}
              name={`library.view.${kind}`}
              pressed={cases === null && view === kind}
              onClick={() => {
                if (cases !== null) onGroup()
                onView(kind)
              }}
            />
          ))}
        </div>
        {project}
      </div>
    </div>
  )
}

interface ViewButtonProps {
  icon: 'case' | 'grid' | 'table'
  name: Key & ('cases.group' | `library.view.${View}`)
  pressed: boolean
  onClick: () => void
}

function ViewButton({ icon, name, pressed, onClick }: ViewButtonProps) {
  return (
    <button
      type="button"
      className={style.viewButton}
      aria-pressed={pressed}
      aria-label={t(name)}
      title={t(name)}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  )
}

function sortOf(value: string): Sort {
  return SORTS.find((sort) => sort === value) ?? 'name'
}
