import { Suspense, lazy, useEffect, useMemo, useRef, useState } from 'react'

import { identity } from '../api/identity'
import type { CaseSummary } from '../api/cases'
import { may } from '../api/members'
import { t } from '../i18n'
import type { ColumnId } from '../model/list/columns'
import { ALL_SLIDES, type ListQuery, defaultSort, formatListQuery, isNarrowed, parseListQuery } from '../model/list/query'
import { orderOf } from '../model/shares'
import { CaseHead } from '../panels/cases/CaseHead'
import { CaseList } from '../panels/cases/CaseList'
import { Stars } from '../panels/cases/Stars'
import { useCase } from '../panels/cases/useCase'
import { useRules } from '../panels/cases/useRules'
import { ActiveFilters } from '../panels/library/ActiveFilters'
import { OfflineNotice, ScanBanner } from '../panels/library/Banners'
import { ColumnsMenu } from '../panels/library/ColumnsMenu'
import { DetailsPane, type Subject } from '../panels/library/DetailsPane'
import { EmptyList } from '../panels/library/EmptyList'
import { FoldersDialog } from '../panels/library/FoldersDialog'
import { LibraryHeader } from '../panels/library/LibraryHeader'
import { ListToolbar, type View } from '../panels/library/ListToolbar'
import { ProjectMenu } from '../panels/library/ProjectMenu'
import { ProjectsPane } from '../panels/library/ProjectsPane'
import { SearchField } from '../panels/library/SearchField'
import { SelectionBar } from '../panels/library/SelectionBar'
import { SlideArea } from '../panels/library/SlideArea'
import type { ItemsHandle } from '../panels/library/SlideGrid'
import { ViewsMenu } from '../panels/library/ViewsMenu'
import { Welcome } from '../panels/library/Welcome'
import { useDragged } from '../panels/library/drag'
import { keyRows } from '../panels/library/keys'
import { useColumns } from '../panels/library/useColumns'
import { useLibrary } from '../panels/library/useLibrary'
import { useLibraryKeys } from '../panels/library/useLibraryKeys'
import { usePane } from '../panels/library/usePane'
import { usePicks } from '../panels/library/usePicks'
import { useRemembered } from '../panels/library/useRemembered'
import { useSample } from '../panels/library/useSample'
import { useSelection } from '../panels/library/useSelection'
import { useViewLink } from '../panels/library/useViewLink'
import { useViews } from '../panels/library/useViews'
import { useWide } from '../panels/library/useWide'
import { useWork } from '../panels/library/useWork'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Footer } from '../panels/shell/Footer'
import { KeyMap } from '../panels/shell/KeyMap'
import { Toast } from '../panels/shell/Toast'
import { useApp } from '../panels/shell/useApp'
import { usePlace } from '../panels/shell/usePlace'
import { useStore } from '../panels/shell/useStore'
import { useTitle } from '../panels/shell/useTitle'
import { go } from '../shell/navigation'
import { libraryPath, slidePath } from '../shell/routes'
import style from './Library.module.css'

// Dialogs come when somebody opens one.
const MoveDialog = lazy(async () => ({ default: (await import('../panels/cases/MoveDialog')).MoveDialog }))
const NewCaseDialog = lazy(async () => ({ default: (await import('../panels/cases/NewCaseDialog')).NewCaseDialog }))
const ProjectSettings = lazy(async () => ({ default: (await import('../panels/settings/ProjectSettings')).ProjectSettings }))

type Overlay = 'projects' | 'folders' | 'keys' | 'newCase' | 'settings' | null

/** All slides: projects on the left, cases and slides in the middle, details on the right. */
export function Library() {
  const query = parseListQuery(usePlace().search)
  const [view, setView] = useRemembered<View>('coverslip.libraryView', ['grid', 'table'])
  const [by, setBy] = useRemembered('coverslip.libraryBy', ['slides', 'cases'])
  const grouped = by === 'cases'
  const dragged = useDragged()
  const wide = useWide()
  const { list, cases, catalogue, edits } = useLibrary(query, grouped || dragged.length > 0)
  const state = useStore(list.state)
  const caseState = useStore(cases.state)
  const { version } = useStore(edits.state)
  const opened = useCase(query.caseId, version)
  const { projects, roots, known, error } = useStore(catalogue.state)
  const app = useApp()
  const openSample = useSample()
  const columns = useColumns()
  const { views, known: viewsKnown } = useViews()
  const pane = usePane()
  const [overlay, setOverlay] = useState<Overlay>(null)
  const { index: selected, select } = useSelection(state.items)
  const picks = usePicks(state.items, formatListQuery({ ...query, view: null }).toString())
  // A single picked slide is what the details are about, wherever the focus is.
  const slide = (picks.slides.length === 1 ? picks.slides[0] : state.items[selected]) ?? null
  const work = useWork(edits, picks, slide)
  const namesHidden = useStore(identity)
  const search = useRef<HTMLInputElement>(null)
  const items = useRef<ItemsHandle>(null)
  const caseItems = useRef<ItemsHandle>(null)
  const project = projects.find((one) => one.project_id === query.project) ?? null
  const rules = useRules(query.project ?? opened.one?.project_id ?? null)
  const { stains, tags } = state.head
  const editing = useMemo(
    () => ({ edits, rules, knownStains: stains.map((one) => one.value), knownTags: tags.map((one) => one.value) }),
    [edits, rules, stains, tags],
  )
  const title = query.caseId === null ? (project?.name ?? t('library.all')) : (opened.one?.name ?? t('cases.case'))
  useTitle(title === t('library.all') ? t('library.page') : title)

  // Typing replaces the address, choosing a project or a case leaves a step for the back button.
  const setQuery = (next: ListQuery, replace = true): void => {
    if (formatListQuery(next).toString() === formatListQuery(query).toString()) return
    items.current?.show(0)
    go(libraryPath(formatListQuery(next)), { replace })
  }
  const choose = (projectId: string | null): void => {
    setOverlay(null)
    const sort = query.caseId === null ? query.sort : defaultSort(null)
    setQuery({ ...query, project: projectId, caseId: null, view: null, sort }, false)
  }
  const caseAddress = (one: Pick<CaseSummary, 'case_id'> | null): string => {
    const caseId = one?.case_id ?? null
    return libraryPath(formatListQuery({ ...ALL_SLIDES, project: query.project, caseId, sort: defaultSort(caseId) }))
  }
  const openView = (next: ListQuery, shown: readonly ColumnId[]): void => {
    if (shown.length > 0) columns.set(shown)
    setQuery(next)
  }
  useViewLink({
    views,
    known: viewsKnown,
    query,
    onOpen: openView,
    onGone: () => {
      edits.notices.say(t('views.gone'))
      setQuery({ ...query, view: null })
    },
  })
  const group = (): void => {
    setBy(grouped ? 'slides' : 'cases')
    if (grouped && query.caseId !== null) go(caseAddress(null))
  }
  const toggleDetails = (index: number): void => {
    pane.toggle(index === selected || index < 0)
    if (index >= 0) select(index)
  }
  const order = orderOf(state.items)
  const listsCases = grouped && query.caseId === null
  useLibraryKeys({
    search: () => search.current?.focus(),
    keys: () => setOverlay('keys'),
    view: () => setView(view === 'grid' ? 'table' : 'grid'),
    group,
    details: () => toggleDetails(selected),
    escape: () => (picks.ids.size > 0 ? picks.clear() : pane.close()),
    undo: () => void edits.notices.undo(),
    newCase: () => setOverlay('newCase'),
    items: (event) => (listsCases ? caseItems : items).current?.press(event) ?? false,
    pick: () => {
      if (selected >= 0 && !listsCases) picks.toggle(selected)
      return selected >= 0
    },
    pickAll: () => {
      list.reach(MOST_PICKED)
      picks.all()
    },
    edit: () => {
      if (work.slides.length > 0) pane.edit()
      return work.slides.length > 0
    },
    editCell: () => items.current?.edit(selected) ?? false,
    rate: (stars) => !listsCases && work.rate(stars),
    move: () => !listsCases && work.beginMove('move'),
    trash: () => !listsCases && work.trash(),
  })
  useEffect(() => {
    if (selected >= 0) items.current?.show(selected)
    // Only when the way of showing changes; moving the selection scrolls by itself.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [view])

  const scanning = roots.some((root) => root.scanning)
  const empty = state.known && !state.pending && state.total === 0
  const welcome = known && empty && !scanning && projects.length === 0 && !isNarrowed(query)
  const rail = (title?: string) => (
    <CaseList
      cases={cases}
      chosen={query.caseId}
      addressOf={caseAddress}
      onDrop={work.dropOnCase}
      onNew={() => setOverlay('newCase')}
      handle={caseItems}
      {...(title === undefined ? {} : { title })}
    />
  )
  const subject: Subject =
    picks.slides.length > 1
      ? { kind: 'slides', slides: picks.slides }
      : pane.about === 'case' && opened.one !== null
        ? { kind: 'case', one: opened.one, onChanged: () => undefined }
        : slide === null || listsCases
          ? { kind: 'none' }
          : { kind: 'slide', slide, address: slidePath(slide.slide_id, formatListQuery(query)) }
  return (
    <div className={style.page} data-picking={picks.ids.size > 0}>
      <LibraryHeader onProjects={() => setOverlay('projects')} onKeys={() => setOverlay('keys')}>
        <SearchField
          ref={search}
          value={query.q}
          onChange={(q) => setQuery({ ...query, q })}
          onLeave={() => {
            search.current?.blur()
            const handle = listsCases ? caseItems : items
            handle.current?.press(new KeyboardEvent('keydown', { key: 'Home', cancelable: true }))
          }}
        />
      </LibraryHeader>
      <div className={style.middle}>
        <ProjectsPane
          projects={projects}
          chosen={query.project}
          onChoose={choose}
          onFolders={() => setOverlay('folders')}
          onDrop={work.dropOnProject}
          onTrash={work.dropOnTrash}
          drawer={overlay === 'projects'}
          onCloseDrawer={() => setOverlay(null)}
        />
        {grouped && !listsCases && wide && <div className={style.rail}>{rail()}</div>}
        <main className={style.main}>
          {!welcome && (
            <ListToolbar
              title={title}
              query={query}
              list={state}
              view={view}
              grouped={grouped}
              cases={listsCases ? caseState.total : null}
              onQuery={(next) => setQuery(next)}
              onView={setView}
              onGroup={group}
              menus={
                <>
                  <ViewsMenu views={views} query={query} columns={columns.shown} onOpen={openView} />
                  {view === 'table' && <ColumnsMenu columns={columns} rules={rules} />}
                </>
              }
              project={
                <ProjectMenu
                  project={project}
                  query={query}
                  order={order}
                  onCase={() => setOverlay('newCase')}
                  onSettings={() => setOverlay('settings')}
                  onTrash={(one) => work.trashProject(one, () => choose(one.parent_id))}
                  onChanged={(one) => {
                    void catalogue.look()
                    choose(one.project_id)
                  }}
                />
              }
            />
          )}
          {opened.one !== null && (
            <CaseHead
              one={opened.one}
              projectName={projects.find((one) => one.project_id === opened.one?.project_id)?.name ?? null}
              back={caseAddress(null)}
              order={order}
              onEdit={() => pane.editCase()}
              onTrash={() => {
                if (opened.one === null) return
                const failed = (failure: unknown): void => edits.notices.fail(t('edits.failed'), failure)
                // Leave first: whoever goes elsewhere meanwhile is not fetched back.
                go(caseAddress(null))
                edits.trashCase(opened.one).catch(failed)
              }}
            />
          )}
          <ActiveFilters query={query} onQuery={(next) => setQuery(next)} />
          <ScanBanner roots={roots} />
          <OfflineNotice roots={roots} />
          {(error ?? opened.error) !== null && (
            <div className={style.notice}>
              <ErrorNotice
                compact
                error={error ?? opened.error}
                title={t(error === null ? 'cases.failed' : 'library.projectsFailed')}
                onRetry={() => void edits.look()}
              />
            </div>
          )}
          {welcome ? (
            <Welcome
              sampleAvailable={app?.sample_available === true}
              onAdded={() => void catalogue.expectScan()}
              onSample={(projectId) => {
                void catalogue.expectScan()
                openSample(projectId)
              }}
            />
          ) : listsCases ? (
            rail()
          ) : empty && (!scanning || isNarrowed(query)) ? (
            <EmptyList query={query} onQuery={(next) => setQuery(next)} />
          ) : (
            <SlideArea
              key={`${query.project ?? ''} ${query.caseId ?? ''}`}
              list={list}
              state={state}
              query={query}
              view={view}
              selected={selected}
              picked={picks.ids}
              columns={columns}
              editing={editing}
              onPick={(index, how) => {
                if (how === 'range') picks.range(index, selected)
                else picks.toggle(index)
                select(index)
              }}
              onDrag={(index, event) => work.drag(state.items[index], event)}
              onSelect={(index) => {
                pane.aboutSlides()
                select(index)
              }}
              onDetails={toggleDetails}
              onQuery={(next) => setQuery(next)}
              onNear={fetchViewer}
              handle={items}
            />
          )}
          {dragged.length > 0 && !grouped && wide && (
            <div className={style.drop}>{rail(t('cases.drop'))}</div>
          )}
          {picks.ids.size > 0 && !listsCases && (
            <SelectionBar
              count={picks.ids.size}
              may={{
                edit: picks.slides.every((one) => may(one, 'editor')),
                manage: picks.slides.every((one) => may(one, 'manager')),
              }}
              stars={
                <Stars
                  value={picks.slides.every((one) => one.rating === picks.slides[0]?.rating) ? (picks.slides[0]?.rating ?? null) : undefined}
                  label={t('cases.field.rating')}
                  onChange={work.rate}
                />
              }
              onEdit={pane.edit}
              onMove={() => work.beginMove('move')}
              onCopy={() => work.beginMove('copy')}
              onDownload={namesHidden || !picks.slides.every((one) => one.rights.includes('download')) ? null : work.download}
              onTrash={work.trash}
              onClear={picks.clear}
            />
          )}
        </main>
        {pane.open && <DetailsPane subject={subject} editing={editing} onClose={pane.close} />}
      </div>
      <Footer app={app} />
      <Toast notices={edits.notices} />
      {overlay === 'folders' && (
        <FoldersDialog roots={roots} onScan={() => void catalogue.expectScan()} onClose={() => setOverlay(null)} />
      )}
      {overlay === 'keys' && <KeyMap rows={keyRows()} onClose={() => setOverlay(null)} />}
      <Suspense fallback={null}>
        {overlay === 'newCase' && (
          <NewCaseDialog
            projects={projects}
            projectId={query.project}
            slides={picks.slides}
            edits={edits}
            onMade={(made) => {
              setOverlay(null)
              if (picks.slides.length === 0) go(caseAddress(made))
              picks.clear()
            }}
            onClose={() => setOverlay(null)}
          />
        )}
        {work.move !== null && (
          <MoveDialog
            {...work.move}
            projects={projects}
            edits={edits}
            onDone={() => work.endMove(true)}
            onClose={() => work.endMove(false)}
          />
        )}
        {overlay === 'settings' && project !== null && (
          <ProjectSettings project={project} onChanged={() => void edits.look()} onClose={() => setOverlay(null)} />
        )}
      </Suspense>
    </div>
  )
}

/** "Select all" means as many as this. */
const MOST_PICKED = 10_000

/** Somebody points at a slide: have the viewer's code here before the click. */
function fetchViewer(): void {
  void import('./Viewer')
}
