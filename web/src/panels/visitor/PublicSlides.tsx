import { Button } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'

import { type Project, listProjects, listSlides } from '../../api/slides'
import { t } from '../../i18n'
import { ancestorsOf } from '../../model/list/projectTree'
import { type ListQuery, defaultSort, formatListQuery, isNarrowed, parseListQuery, selectionOf } from '../../model/list/query'
import { SlideList } from '../../model/list/slideList'
import { go } from '../../shell/navigation'
import { libraryPath, slidePath } from '../../shell/routes'
import { ActiveFilters } from '../library/ActiveFilters'
import { EmptyList } from '../library/EmptyList'
import panes from '../library/Panes.module.css'
import { ProjectTree } from '../library/ProjectTree'
import { SearchField } from '../library/SearchField'
import { KEYS, isTyping } from '../library/keys'
import { useWide } from '../library/useWide'
import guest from '../share/Guest.module.css'
import { GuestCard } from '../share/GuestCard'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Footer } from '../shell/Footer'
import inputs from '../shell/Input.module.css'
import { useApp } from '../shell/useApp'
import { useLoaded } from '../shell/useLoaded'
import { usePlace } from '../shell/usePlace'
import { useStore } from '../shell/useStore'
import { useTitle } from '../shell/useTitle'
import { useSignInFor } from './useSignInFor'
import style from './Visitor.module.css'

/** The library for somebody who is not signed in: public projects and their slides, to look at. */
export function PublicSlides() {
  const { search: words } = usePlace()
  const query = useMemo(() => parseListQuery(words), [words])
  const [list] = useState(() => new SlideList(listSlides))
  const state = useStore(list.state)
  const { value: projects, error, again } = useLoaded(listProjects)
  const app = useApp()
  const wide = useWide()
  const search = useRef<HTMLInputElement>(null)
  const whole = useRef<HTMLOListElement>(null)
  useEffect(() => list.show(selectionOf(query)), [list, query])
  useSearchKey(() => search.current?.focus())

  const setQuery = (next: ListQuery, replace = true): void => {
    if (formatListQuery(next).toString() !== formatListQuery(query).toString()) go(libraryPath(formatListQuery(next)), { replace })
  }
  const choose = (project: string | null): void => {
    const sort = query.caseId === null ? query.sort : defaultSort(null)
    setQuery({ ...query, project, caseId: null, view: null, sort }, false)
  }
  const project = projects?.find((one) => one.project_id === query.project) ?? null
  const inCase = query.caseId === null ? null : (state.items[0]?.case_name ?? t('cases.case'))
  const title = inCase ?? project?.name ?? t('visitor.slides')
  useTitle(title)
  const leaving = useSignInFor(state.error)
  const count = t(isNarrowed(query) ? 'library.found' : 'library.total', { count: state.total })
  const several = projects !== null && projects.length > 1
  // Before anything is said of it: what is not public is not there for who is not signed in.
  if (leaving) return null
  return (
    <div className={style.page}>
      <div className={style.middle}>
        {wide && several && (
          <nav className={panes.projects} aria-label={t('library.projects')}>
            <ProjectTree projects={projects} chosen={query.project} onChoose={choose} />
          </nav>
        )}
        <main className={guest.page}>
          <div className={style.head}>
            <h1 className={guest.title}>{title}</h1>
            <span className={guest.count} role="status">
              {state.known ? count : t('library.loadingList')}
            </span>
            <div className={style.search}>
              <SearchField
                ref={search}
                value={query.q}
                onChange={(q) => setQuery({ ...query, q })}
                onLeave={() => {
                  search.current?.blur()
                  whole.current?.querySelector('a')?.focus()
                }}
              />
            </div>
          </div>
          {!wide && several && <ProjectChoice projects={projects} chosen={query.project} onChoose={choose} />}
          {inCase !== null && (
            <Button variant="default" size="compact-sm" className={style.back} onClick={() => choose(query.project)}>
              {t('library.all')}
            </Button>
          )}
          <ActiveFilters query={query} onQuery={(next) => setQuery(next)} />
          {error !== null && <ErrorNotice compact error={error} title={t('library.projectsFailed')} onRetry={again} />}
          {state.error !== null && (
            <ErrorNotice compact error={state.error} title={t('library.listFailed')} onRetry={() => list.retry()} />
          )}
          {state.known && !state.pending && state.total === 0 ? (
            <EmptyList query={query} onQuery={(next) => setQuery(next)} />
          ) : (
            <ol ref={whole} className={guest.slides} aria-label={t('library.list')} aria-busy={state.pending}>
              {state.items.map((slide) => (
                <li key={slide.slide_id}>
                  <GuestCard slide={slide} address={slidePath(slide.slide_id, formatListQuery(query))} watermark={null} />
                </li>
              ))}
            </ol>
          )}
          {state.items.length < state.total && (
            <div className={style.more}>
              <Button variant="default" disabled={state.pending} onClick={() => list.reach(state.items.length)}>
                {t('visitor.more')}
              </Button>
            </div>
          )}
        </main>
      </div>
      <Footer app={app} />
    </div>
  )
}

/** The projects where there is no room for the tree. */
function ProjectChoice({ projects, chosen, onChoose }: {
  projects: readonly Project[]
  chosen: string | null
  onChoose: (projectId: string | null) => void
}) {
  return (
    <div className={style.choice}>
      <select
        className={inputs.input}
        aria-label={t('library.projects')}
        value={chosen ?? ''}
        onChange={(event) => onChoose(event.currentTarget.value === '' ? null : event.currentTarget.value)}
      >
        <option value="">{t('library.all')}</option>
        {projects.map((one) => (
          <option key={one.project_id} value={one.project_id}>
            {[...ancestorsOf(projects, one.project_id), one].map(({ name }) => name).join(' / ')}
          </option>
        ))}
      </select>
    </div>
  )
}

/** The key that the search field names. */
function useSearchKey(search: () => void): void {
  const latest = useRef(search)
  useEffect(() => {
    latest.current = search
  })
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key !== KEYS.search || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      event.preventDefault()
      latest.current()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}
