/**
 * The keys that somebody has chosen for themselves: an action and its chord (`KeyQ`, `Shift+KeyQ`). Kept in this
 * browser, so that they hold from the first moment, and with the person's preferences on the server.
 */
import { Store } from '../model/store'
import type { KeyAction, KeyBinding } from './keyTable'

export type Chords = Readonly<Partial<Record<KeyAction, string>>>

/** Why a chord cannot be had. */
export type Refusal = { why: 'taken'; by: KeyAction } | { why: 'classes' | 'browser' | 'fixed' }

const STORED = 'coverslip.keys'
/** Keys that the browser, the system or moving between controls needs. */
const BROWSER = /^(Tab|Enter|NumpadEnter|Escape|F\d+|Meta|Control|Alt|Shift|OS|CapsLock|ContextMenu|PrintScreen|Fn)/
const CLASSES = /^Shift\+Digit[1-9]$/
const CHORD = /^(Shift\+)?[A-Za-z0-9]{2,20}$/

export function chordOf(key: { code: string; shift?: boolean | undefined; ctrl?: boolean | undefined }): string {
  return `${key.ctrl === true ? 'Ctrl+' : ''}${key.shift === true ? 'Shift+' : ''}${key.code}`
}

/** The table with the chosen chords in it: the first key of an action changes, a second one goes only when it is needed. */
export function withChosen(keys: readonly KeyBinding[], chords: Chords): readonly KeyBinding[] {
  if (Object.keys(chords).length === 0) return keys
  const taken = new Set(Object.values(chords))
  const seen = new Set<KeyAction>()
  const found: KeyBinding[] = []
  for (const binding of keys) {
    const chosen = binding.fixed === true ? undefined : chords[binding.action]
    const first = !seen.has(binding.action)
    seen.add(binding.action)
    if (chosen !== undefined && first) {
      found.push({ ...binding, code: chosen.replace('Shift+', ''), shift: chosen.startsWith('Shift+') })
    } else if (first || !taken.has(chordOf(binding))) found.push(binding)
  }
  return found
}

/** Why `action` cannot have `chord`, or null when it can. */
export function refusalOf(keys: readonly KeyBinding[], chords: Chords, action: KeyAction, chord: string): Refusal | null {
  if (keys.some((binding) => binding.action === action && binding.fixed === true)) return { why: 'fixed' }
  if (CLASSES.test(chord)) return { why: 'classes' }
  if (BROWSER.test(chord.replace('Shift+', '')) || !CHORD.test(chord)) return { why: 'browser' }
  const by = withChosen(keys, chords).find((binding) => binding.action !== action && chordOf(binding) === chord)
  return by === undefined ? null : { why: 'taken', by: by.action }
}

/** What of a stored value makes sense: known actions, real chords, each meaning one thing. */
export function readChords(keys: readonly KeyBinding[], value: unknown): Chords {
  if (typeof value !== 'object' || value === null) return {}
  const wanted = value as Record<string, unknown>
  // Two chosen keys may have changed places, so a chord is taken only if nobody who has it has moved away.
  const moved = keys.filter((binding) => typeof wanted[binding.action] === 'string')
  const staying = new Set(keys.filter((binding) => !moved.includes(binding)).map(chordOf))
  const chords: Partial<Record<KeyAction, string>> = {}
  const used = new Set<string>()
  for (const { action, fixed } of moved) {
    const chord = wanted[action]
    if (fixed === true || typeof chord !== 'string' || action in chords || used.has(chord) || staying.has(chord)) continue
    if (CLASSES.test(chord) || BROWSER.test(chord.replace('Shift+', '')) || !CHORD.test(chord)) continue
    chords[action] = chord
    used.add(chord)
  }
  return chords
}

function stored(): Chords {
  try {
    const value: unknown = JSON.parse(window.localStorage.getItem(STORED) ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

export const chosenKeys = new Store<{ chords: Chords }>({ chords: typeof window === 'undefined' ? {} : stored() })

chosenKeys.subscribe(() => {
  try {
    window.localStorage.setItem(STORED, JSON.stringify(chosenKeys.get().chords))
  } catch {
    // A browser that keeps nothing asks the server each time.
  }
})
