/** The addresses of the app, in one table. */
const ROUTES = [
  { name: 'library', pattern: '/' },
  { name: 'imports', pattern: '/imports' },
  { name: 'signIn', pattern: '/signin' },
  { name: 'register', pattern: '/register' },
  { name: 'link', pattern: '/link' },
  { name: 'firstRun', pattern: '/first-run' },
  { name: 'account', pattern: '/account' },
  { name: 'people', pattern: '/people' },
  { name: 'trash', pattern: '/trash' },
  { name: 'audit', pattern: '/audit' },
  { name: 'shares', pattern: '/shares' },
  { name: 'share', pattern: '/share' },
  { name: 'share', pattern: '/share/:token' },
  { name: 'entrance', pattern: '/s' },
  { name: 'entrance', pattern: '/s/slides/:slideId' },
  { name: 'displayCheck', pattern: '/display-check' },
  { name: 'boards', pattern: '/boards' },
  { name: 'board', pattern: '/boards/:boardId' },
  { name: 'presentBoard', pattern: '/boards/:boardId/present' },
  { name: 'viewer', pattern: '/slides/:slideId' },
] as const

export type RouteName = (typeof ROUTES)[number]['name']
export interface Route {
  name: RouteName | 'notFound'
  params: Readonly<Record<string, string>>
}

/** Which page a path names. */
export function matchRoute(pathname: string): Route {
  const parts = segments(pathname)
  for (const { name, pattern } of ROUTES) {
    const params = matchParts(segments(pattern), parts)
    if (params) return { name, params }
  }
  return { name: 'notFound', params: {} }
}

/** The address of a slide; `query` carries the list that it was opened from. */
export function slidePath(slideId: string, query: URLSearchParams | string = ''): string {
  const text = query.toString()
  return `/slides/${encodeURIComponent(slideId)}${text ? `?${text}` : ''}`
}

/** The address of the library, showing the list that `query` describes. */
export function libraryPath(query: URLSearchParams | string = ''): string {
  const text = query.toString()
  return text ? `/?${text}` : '/'
}

/** The address of a tumour board, or of all of them. */
export function boardPath(boardId?: string): string {
  return boardId === undefined ? '/boards' : `/boards/${encodeURIComponent(boardId)}`
}

/** Where a board is presented, beginning at a stop. */
export function presentPath(boardId: string, stop = 0): string {
  return `${boardPath(boardId)}/present${stop > 0 ? `#${stop + 1}` : ''}`
}

/** The address of what arrived. */
export function importsPath(): string {
  return '/imports'
}

function segments(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null
  const params: Record<string, string> = {}
  for (const [at, wanted] of pattern.entries()) {
    const part = parts[at] ?? ''
    if (wanted.startsWith(':')) params[wanted.slice(1)] = decode(part)
    else if (wanted !== part) return null
  }
  return params
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
