import { useEffect, useRef } from 'react'

import { KEYS, isAtItems, isTyping } from './keys'

interface Actions {
  search: () => void
  keys: () => void
  view: () => void
  group: () => void
  details: () => void
  escape: () => void
  undo: () => void
  newCase: () => void
  /** Move the selection; false when the key means nothing there. */
  items: (event: KeyboardEvent) => boolean
  /** What one does with the slides: each says whether there were any. */
  pick: () => boolean
  pickAll: () => void
  edit: () => boolean
  editCell: () => boolean
  rate: (stars: number) => boolean
  move: () => boolean
  trash: () => boolean
}

/** The keys of the library, wherever the focus is, unless somebody is typing or a dialog is open. */
export function useLibraryKeys(actions: Actions): void {
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || isTyping(event.target) || event.altKey) return
      const obeyed =
        event.ctrlKey || event.metaKey ? obeyWithControl(event, latest.current) : obey(event, latest.current)
      if (obeyed) event.preventDefault()
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
}

function obeyWithControl(event: KeyboardEvent, actions: Actions): boolean {
  if (event.shiftKey) return false
  switch (event.key.toLowerCase()) {
    case 'a':
      if (!isAtItems(event.target)) return false
      actions.pickAll()
      return true
    case 'z':
      actions.undo()
      return true
    default:
      return false
  }
}

function obey(event: KeyboardEvent, actions: Actions): boolean {
  switch (event.key) {
    case KEYS.search:
      actions.search()
      return true
    case KEYS.map:
      actions.keys()
      return true
    case KEYS.view:
      actions.view()
      return true
    case KEYS.group:
      actions.group()
      return true
    case KEYS.newCase:
      actions.newCase()
      return true
    case KEYS.details:
      actions.details()
      return true
    case ' ':
      // Space presses a button or a box that has the focus; on a slide's link it shows the details.
      if (event.target instanceof Element && event.target.closest('button, summary, input') !== null) return false
      actions.details()
      return true
    case 'Escape':
      actions.escape()
      return true
    case KEYS.pick:
      return actions.pick()
    case KEYS.edit:
      return actions.edit()
    case KEYS.cell:
      return actions.editCell()
    case KEYS.move:
      return actions.move()
    default:
      return isAtItems(event.target) && obeyAtItems(event, actions)
  }
}

function obeyAtItems(event: KeyboardEvent, actions: Actions): boolean {
  if (/^[0-5]$/.test(event.key)) return actions.rate(Number(event.key))
  switch (event.key) {
    case 'Delete':
    case 'Backspace':
      return actions.trash()
    default:
      return event.target === document.body && actions.items(event)
  }
}
