/** What the person who is signed in set for themselves; it comes with the session and goes to the server at once. */
import { getPreferences, type PersonPreferences, putPreferences } from '../../api/person'
import { Store } from '../../model/store'
import { chosenKeys, type Chords, readChords } from '../../viewer/keyChoice'
import { KEYS } from '../../viewer/keyTable'

interface Personal {
  /** False until the server has answered, and where it keeps no preferences. */
  known: boolean
  values: PersonPreferences
}

export const personal = new Store<Personal>({ known: false, values: {} })

/** Whose keys this browser has kept: workstations are shared. */
const OWNER = 'coverslip.keysOf'

function owner(): string | null {
  try {
    return window.localStorage.getItem(OWNER)
  } catch {
    return null
  }
}

function own(personId: string): void {
  try {
    window.localStorage.setItem(OWNER, personId)
  } catch {
    // Then the keys hold for as long as the page.
  }
}

/** Read what the person set, and take their keys in use. Without an answer, what this browser kept stays. */
export async function loadPersonal(personId: string): Promise<void> {
  let values: PersonPreferences
  try {
    values = await getPreferences()
  } catch {
    return
  }
  if ('keys' in values || owner() !== personId) chosenKeys.set({ chords: readChords(KEYS, values['keys']) })
  own(personId)
  personal.set({ known: true, values })
}

/** Set one thing; what other pages and machines set meanwhile stays. Rejects when the server could not be told. */
export async function savePersonal(change: PersonPreferences): Promise<void> {
  personal.set({ values: { ...personal.get().values, ...change } })
  await putPreferences({ ...(await getPreferences()), ...change })
}

/** Use these keys from now on, here and wherever this person signs in. */
export function saveKeys(chords: Chords): Promise<void> {
  chosenKeys.set({ chords })
  return savePersonal({ keys: chords })
}
