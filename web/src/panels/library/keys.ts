import { t } from '../../i18n'
import type { KeyRow } from '../shell/KeyMap'

/** The keys of the library: the one table that the page obeys and the key map shows. */
export const KEYS = {
  search: '/',
  details: 'i',
  view: 'v',
  map: '?',
  group: 'c',
  pick: 'x',
  edit: 'e',
  cell: 'F2',
  move: 'm',
  newCase: 'n',
} as const

export function keyRows(): KeyRow[] {
  return [
    { keys: ['←', '→', '↑', '↓'], does: t('keys.library.arrows') },
    { keys: ['Enter'], does: t('keys.library.open') },
    { keys: [KEYS.details, 'Space'], does: t('keys.library.details') },
    { keys: [KEYS.search], does: t('keys.library.search') },
    { keys: [KEYS.view], does: t('keys.library.view') },
    { keys: ['Home', 'End'], does: t('keys.library.ends') },
    { keys: ['Page ↑', 'Page ↓'], does: t('keys.library.page') },
    { keys: [KEYS.group], does: t('keys.cases.group') },
    { keys: [KEYS.pick, 'Ctrl + click'], does: t('keys.cases.pick') },
    { keys: ['Shift + ↑ ↓', 'Shift + click'], does: t('keys.cases.range') },
    { keys: ['Ctrl + A'], does: t('keys.cases.all') },
    { keys: [KEYS.edit], does: t('keys.cases.edit') },
    { keys: [KEYS.cell], does: t('keys.cases.cell') },
    { keys: ['0 – 5'], does: t('keys.cases.rate') },
    { keys: [KEYS.move], does: t('keys.cases.move') },
    { keys: [KEYS.newCase], does: t('keys.cases.newCase') },
    { keys: ['Delete'], does: t('keys.cases.trash') },
    { keys: ['Ctrl + Z'], does: t('keys.cases.undo') },
    { keys: ['Esc'], does: t('keys.library.escape') },
    { keys: [KEYS.map], does: t('keys.library.map') },
  ]
}

const TYPED_INTO = 'input:not([type=checkbox]), select, textarea, dialog, [role=slider], [contenteditable]'

/** True when the key is meant for a field, a choice or an open dialog, not for the page. */
export function isTyping(target: EventTarget | null): boolean {
  // A dialog keeps its keys even when its focused button has just been disabled and nothing has the focus.
  if (target === document.body && document.querySelector('dialog[open]') !== null) return true
  return target instanceof Element && target.closest(TYPED_INTO) !== null
}

/** True when a key is meant for the slides: nothing has the focus, or one of them has. */
export function isAtItems(target: EventTarget | null): boolean {
  return target === document.body || (target instanceof Element && target.closest('[data-items]') !== null)
}
