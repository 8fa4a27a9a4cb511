import { useGuest } from '../shell/session'
import { panel } from './panelState'

const KEY = 'coverslip.guestName'

/** What a guest of a share link calls themselves; kept for this tab. */
export function guestName(): string {
  try {
    return window.sessionStorage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}

export function keepGuestName(name: string): void {
  try {
    window.sessionStorage.setItem(KEY, name)
  } catch {
    // Then they are asked again.
  }
}

/** Do something that others will see: a guest is asked for a name first, once. */
export function useNamed(): (act: () => void) => void {
  const guest = useGuest()
  return (act) => {
    if (guest === null || guestName() !== '') act()
    else panel.set({ askName: act })
  }
}
