/** Listens to the keys of the table as each person has them. */
import { chosenKeys, readChords, withChosen } from './keyChoice'
import { type KeyAction, type KeyBinding, KEYS } from './keyTable'

chosenKeys.set({ chords: readChords(KEYS, chosenKeys.get().chords) })

/** Where every key belongs to the control, not to the slide. */
const TYPING = 'input, textarea, select, [contenteditable="true"], dialog, [role="dialog"], [role="menu"], [role="listbox"]'
/** Controls that take only some keys: a check box none of ours, a slider those that move it. */
const POINTING = 'input[type="checkbox"], input[type="radio"], input[type="range"], input[type="color"]'
const SLIDER_KEYS = /^(Arrow|Page|Home|End)/

/** What the space bar and Enter press. */
const PRESSABLE = 'button, a[href], summary, [role="button"], [role="tab"]'

export function belongsToControl(target: Element | null, code: string): boolean {
  // A dialog over everything has all keys, also while nothing in it has the focus.
  if (document.querySelector('dialog:modal') !== null) return true
  if ((code === 'Space' || code === 'Enter') && target !== null && target.closest(PRESSABLE) !== null) return true
  const control = target?.closest(TYPING) ?? null
  if (control === null) return false
  if (!control.matches(POINTING) || control.closest('dialog, [role="dialog"]') !== null) return true
  return control.matches('input[type="range"]') && SLIDER_KEYS.test(code)
}

type KeyFacts = Pick<KeyboardEvent, 'code' | 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>

/** The keys as this person has them. */
export function keysInUse(): readonly KeyBinding[] {
  return withChosen(KEYS, chosenKeys.get().chords)
}

/** The binding of a key event, or null. `?` is also known by what it writes: its place differs most. */
export function bindingOf(event: KeyFacts, keys: readonly KeyBinding[] = KEYS): KeyBinding | null {
  if (event.altKey) return null
  const ctrl = event.ctrlKey || event.metaKey
  if (event.key === '?' && !ctrl) return keys.find((binding) => binding.action === 'help') ?? null
  const fits = ({ code, shift = false, ctrl: withCtrl = false }: KeyBinding) =>
    code === event.code && shift === event.shiftKey && withCtrl === ctrl
  return keys.find(fits) ?? null
}

/** Run actions on key presses, and `release` when a key that is to be held comes up; the returned function stops it. */
export function listenToKeys(
  run: (action: KeyAction) => void,
  release: (action: KeyAction) => void = () => undefined,
  wanted: (action: KeyAction) => boolean = () => true,
): () => void {
  const held = new Map<string, KeyAction>()
  const press = (event: KeyboardEvent) => {
    const target = event.target instanceof Element ? event.target : null
    if (event.defaultPrevented || belongsToControl(target, event.code)) return
    const binding = bindingOf(event, keysInUse())
    if (binding === null || !wanted(binding.action)) return
    // A key that repeats while it is held must not scroll the page or write into it either.
    if (binding.holds === true || binding.repeats === true || !event.repeat) event.preventDefault()
    if (event.repeat && binding.repeats !== true) return
    if (binding.holds === true) held.set(event.code, binding.action)
    run(binding.action)
  }
  const lift = (event: KeyboardEvent) => {
    const action = held.get(event.code)
    if (action === undefined) return
    held.delete(event.code)
    release(action)
  }
  // Whoever leaves the window lets go of everything.
  const leave = () => {
    const actions = [...held.values()]
    held.clear()
    for (const action of actions) release(action)
  }
  window.addEventListener('keydown', press)
  window.addEventListener('keyup', lift)
  window.addEventListener('blur', leave)
  return () => {
    window.removeEventListener('keydown', press)
    window.removeEventListener('keyup', lift)
    window.removeEventListener('blur', leave)
    leave()
  }
}

/** What stands on the key at a position, as far as the browser tells; else as on a US keyboard. */
export async function keyLabels(): Promise<(code: string) => string> {
  const keyboard = (navigator as { keyboard?: { getLayoutMap?(): Promise<ReadonlyMap<string, string>> } }).keyboard
  const layout = await keyboard?.getLayoutMap?.().catch(() => undefined)
  return (code) => layout?.get(code)?.toUpperCase() ?? US_LABELS[code] ?? code.replace(/^(Key|Digit)/, '')
}

export const US_LABELS: Readonly<Record<string, string>> = {
  Equal: '+',
  Minus: '−',
  NumpadAdd: 'Num +',
  NumpadSubtract: 'Num −',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'Page ↑',
  PageDown: 'Page ↓',
  Comma: ',',
  Period: '.',
  Semicolon: ';',
  Quote: "'",
  Slash: '/',
  Escape: 'Esc',
  Enter: 'Enter',
  Delete: 'Delete',
  Backspace: '⌫',
  Space: 'Space',
  ContextMenu: 'Menu',
  Backslash: '\\',
  BracketLeft: '[',
  BracketRight: ']',
}
