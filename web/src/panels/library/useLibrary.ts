import { useEffect, useState } from 'react'

import * as api from '../../api/cases'
import { identity } from '../../api/identity'
import { listRoots } from '../../api/imports'
import { listProjects, listSlides } from '../../api/slides'
import { t } from '../../i18n'
import { Catalogue } from '../../model/list/catalogue'
import { Edits } from '../../model/list/edits'
import { type ListQuery, listAddress, selectionOf } from '../../model/list/query'
import { CaseList, SlideList } from '../../model/list/slideList'
import { Notices } from '../../model/notices'
import { onArrived } from '../../model/upload/uploads'
import { stainKinds } from '../cases/Chips'
import { useSession } from '../shell/session'

/** While slides of the list are still being registered or written, it is read again this often. */
const UNFINISHED_MS = 5000

interface Library {
  list: SlideList
  cases: CaseList
  catalogue: Catalogue
  edits: Edits
}

let kept: Library | null = null

/** The list and the catalogue outlive the page, so that coming back from a slide shows them at once. */
function libraryFor(isAdmin: boolean): Library {
  if (kept !== null) return kept
  // What was read with names is forgotten when they are hidden, and the other way round.
  const forget = identity.subscribe(() => {
    forget()
    kept = null
  })
  const list = new SlideList(listSlides)
  const cases = new CaseList(api.listCases)
  const roots = isAdmin ? listRoots : () => Promise.resolve([])
  const catalogue = new Catalogue({ projects: listProjects, roots }, () => {
    void list.refresh()
    void cases.refresh()
  })
  const notices = new Notices({ undone: (text) => t('edits.undone', { text }), nothing: t('edits.nothing') })
  list.state.subscribe(() => stainKinds.learn(list.state.get().items))
  const edits = new Edits(list, cases, notices, api, () => void catalogue.look())
  kept = { list, cases, catalogue, edits }
  return kept
}

/** Show the slides of a query, and keep them and the projects up to date while the page is open. */
export function useLibrary(query: ListQuery, withCases: boolean): Library {
  const { viewer } = useSession()
  const [library] = useState(() => libraryFor(viewer.is_admin))
  const { list, cases, catalogue } = library
  const address = listAddress(query)

  useEffect(() => {
    list.show(selectionOf(query))
    // The address says all there is to a query; the object is new each time the page is drawn.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [list, address])

  const { project, caseId, q } = query
  // Inside a case the words search its slides; the list of cases beside them stays whole.
  const words = caseId === null ? q.trim() : ''
  useEffect(() => {
    if (!withCases) return
    cases.show({ ...(project === null ? {} : { project_id: project }), ...(words === '' ? {} : { q: words }) })
  }, [cases, withCases, project, words])

  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState !== 'visible') return
      void catalogue.look()
      void list.refresh()
      void cases.refresh()
    }
    void catalogue.look()
    const stopListening = onArrived(look)
    document.addEventListener('visibilitychange', look)
    return () => {
      stopListening()
      document.removeEventListener('visibilitychange', look)
      catalogue.stop()
    }
  }, [list, cases, catalogue])

  useEffect(() => {
    const timer = setInterval(() => {
      const { states } = list.state.get().head
      const unfinished = states.some(({ value }) => value === 'registering' || value === 'arriving')
      if (unfinished && document.visibilityState === 'visible') void list.refresh()
    }, UNFINISHED_MS)
    return () => clearInterval(timer)
  }, [list])

  return library
}
