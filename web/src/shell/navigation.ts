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

/** Go to an address of the app; `replace` leaves no step behind for the back button. */
export function go(address: string, how: { replace?: boolean } = {}): void {
  const { pathname, search, hash } = window.location
  if (address === pathname + search + hash) return
  if (how.replace) window.history.replaceState(null, '', address)
  else window.history.pushState(null, '', address)
  changed()
}
