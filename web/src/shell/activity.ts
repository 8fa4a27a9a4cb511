const EVENTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'] as const
/** How often, at most, the server hears that somebody is there. */
const INTERVAL_MS = 60_000

/** Call `report` when somebody really touches the page, at most once a minute; prefetch and polling do not count. */
export function watchActivity(report: () => void, now: () => number = Date.now): () => void {
  let last = now()
  const heard = (event: Event): void => {
    if (now() - last < INTERVAL_MS || isStill(event)) return
    last = now()
    report()
  }
  for (const name of EVENTS) window.addEventListener(name, heard, { passive: true, capture: true })
  return () => {
    for (const name of EVENTS) window.removeEventListener(name, heard, { capture: true })
  }
}

/** The browser also reports a pointer that rests when the page moves under it: nobody did that. */
function isStill(event: Event): boolean {
  return event.type === 'pointermove' && event instanceof PointerEvent && event.movementX === 0 && event.movementY === 0
}
