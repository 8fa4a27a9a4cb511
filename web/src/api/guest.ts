/**
 * That this tab looks at slides by a share link. A browser may hold the cookies of an account, too: every request of
 * such a tab says that it means the link. The link itself stays in memory only.
 */

const MARK = 'coverslip.guest'
type Mark = 'here' | 'left'

let mark: Mark | null = read()
/** Nobody is signed in, and what is public is looked at. It lasts as long as the page. */
let visiting = false
let held: string | null = null

/** Keep the link for as long as the page: to say, after its end, when that was, and to ask for more time. */
export function holdLink(token: string): void {
  held = token
  markGuest()
}

export function heldLink(): string | null {
  return held
}

/** Whoever comes back to this tab after the end is no member of the house: the sign-in page is not for them. */
export function markGuest(): void {
  write('here')
}

/** They went by themselves. */
export function leaveAsGuest(): void {
  held = null
  write('left')
}

/** Somebody with an account is here now, or the preview has ended. */
export function forgetGuest(): void {
  held = null
  write(null)
}

/** What this tab remembers: that a guest is here, that one left, or nothing of the kind. */
export function guestMark(): Mark | null {
  return mark
}

export function asGuest(): boolean {
  return mark === 'here'
}

export function markVisitor(here: boolean): void {
  visiting = here
}

export function asVisitor(): boolean {
  return visiting
}

/** Whether no account stands behind what this tab does: then nothing of it is kept. */
export function withoutAccount(): boolean {
  return asGuest() || visiting
}

/** What requests of this tab carry. */
export function guestHeaders(): Record<string, string> {
  return asGuest() ? { 'X-Coverslip-Share': '1' } : {}
}

/** The same for the address of a picture, which sends no header. */
export function asGuestAddress(address: string): string {
  return asGuest() ? `${address}${address.includes('?') ? '&' : '?'}share=1` : address
}

function read(): Mark | null {
  try {
    const found = window.sessionStorage.getItem(MARK)
    return found === 'here' || found === 'left' ? found : null
  } catch {
    return null
  }
}

function write(next: Mark | null): void {
  if (mark === next) return
  mark = next
  try {
    if (next === null) window.sessionStorage.removeItem(MARK)
    else window.sessionStorage.setItem(MARK, next)
  } catch {
    // Then it holds for as long as the page.
  }
}
