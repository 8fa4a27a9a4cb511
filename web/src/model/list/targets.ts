import type { CaseSummary } from '../../api/cases'
import type { Project } from '../../api/slides'
import { compareNames } from '../../i18n'
import { pathOf } from './projectTree'

/** A place that slides can be moved to. */
export type TargetChoice =
  | { readonly kind: 'new'; readonly name: string; readonly project: Project }
  | { readonly kind: 'case'; readonly one: CaseSummary; readonly projectName: string }
  | { readonly kind: 'none'; readonly project: Project }
  | { readonly kind: 'project'; readonly project: Project; readonly path: string }

/** Cases that the server found, and the words it was asked with. */
export interface FoundCases {
  readonly words: string
  readonly cases: readonly CaseSummary[]
}

interface Known {
  words: string
  found: FoundCases
  projects: readonly Project[]
  /** The project of the slides, when they have one in common. */
  home: Project | null
  /** True when some slide is in a case, so that it could be taken out. */
  inCase: boolean
}

/** More projects than these are narrowed by typing. */
const MOST_PROJECTS = 20

/** What fits the words: cases first, as they are meant most often, then a new case, then projects. */
export function targetChoices({ words, found, projects, home, inCase }: Known): TargetChoice[] {
  const said = words.trim()
  const low = said.toLocaleLowerCase()
  // An answer to other words comes late: what does not fit must not slip under a hand that is about to press Enter.
  const fits = (one: CaseSummary): boolean => found.words === said || one.name.toLocaleLowerCase().includes(low)
  const cases = found.cases.filter(fits)
  const byId = new Map(projects.map((project) => [project.project_id, project]))
  const known = cases.some((one) => one.name === said && one.project_id === home?.project_id)
  const places = projects
    .map((project) => ({ project, path: pathOf(projects, project) }))
    .filter(({ path }) => path.toLocaleLowerCase().includes(low))
    .sort((a, b) => compareNames(a.path, b.path))
    .slice(0, MOST_PROJECTS)
  return [
    ...cases.map((one) => ({ kind: 'case' as const, one, projectName: byId.get(one.project_id)?.name ?? '' })),
    ...(said !== '' && home !== null && !known ? [{ kind: 'new' as const, name: said, project: home }] : []),
    ...(said === '' && home !== null && inCase ? [{ kind: 'none' as const, project: home }] : []),
    ...places.map(({ project, path }) => ({ kind: 'project' as const, project, path })),
  ]
}
