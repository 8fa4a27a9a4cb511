/** Where the browser is, as a value that pages can watch; moving is `go`, never a page load. */
export interface Place {
  readonly pathname: string
  readonly search: string
  readonly hash: string
}

const listeners = new Set<() => void>()
let place: Place = read()

function read(): Place {
  const { pathname, search, hash } = window.location
  return { pathname, search, hash }
}

function changed(): void {
  place = read()
  for (const listener of [...listeners]) listener()
}

window.addEventListener('popstate', changed)

export function currentPlace(): Place {
  return place
}

export function onPlaceChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

interface How {
  /** Leave no step behind for the back button. */
  replace?: boolean
  /** Where to go on from there: kept beside the address, where nobody reads it and no link can set it. */
  next?: string
}

/** Go to an address of the app. */
export function go(address: string, { replace = false, next }: How = {}): void {
  const { pathname, search, hash } = window.location
  if (address === pathname + search + hash) return
  const state = next === undefined ? null : { next }
  if (replace) window.history.replaceState(state, '', address)
  else window.history.pushState(state, '', address)
  changed()
}

/** Where this step of the history was to go on; a place of this app, else its front page. */
export function nextPlace(): string {
  const state: unknown = window.history.state
  const next = typeof state === 'object' && state !== null && 'next' in state ? state.next : null
  return typeof next === 'string' && /^\/(?![\/\\])/.test(next) ? next : '/'
}

/** The whole of the present address, to come back to. */
export function presentPlace(): string {
  const { pathname, search, hash } = window.location
  return pathname + search + hash
}
