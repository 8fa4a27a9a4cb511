import { useState } from 'react'

import { useRemembered } from './useRemembered'
import { useWide } from './useWide'

export interface Pane {
  readonly open: boolean
  /** What it shows when nothing is picked: the focused slide, or the case that is open. */
  readonly about: 'slide' | 'case'
  /** Show or hide it; `same` says that it is about the same slide as before. */
  toggle: (same: boolean) => void
  close: () => void
  /** Show it and put the focus on the first field. */
  edit: () => void
  editCase: () => void
  aboutSlides: () => void
}

/** The details at the side. Where there is room they stay and follow the selection; a drawer opens when asked only. */
export function usePane(): Pane {
  const wide = useWide()
  const [remembered, setRemembered] = useRemembered('coverslip.libraryDetails', ['closed', 'open'])
  const [drawer, setDrawer] = useState(false)
  const [about, setAbout] = useState<'slide' | 'case'>('slide')
  const open = wide ? remembered === 'open' : drawer
  const show = (shown: boolean): void => {
    if (wide) setRemembered(shown ? 'open' : 'closed')
    setDrawer(shown)
  }
  return {
    open,
    about,
    toggle: (same) => {
      setAbout('slide')
      show(!(open && same && about === 'slide'))
    },
    close: () => show(false),
    edit: () => {
      setAbout('slide')
      show(true)
      focusFields('[data-testid=fields]')
    },
    editCase: () => {
      setAbout('case')
      show(true)
      focusFields('[data-testid=case-fields]')
    },
    aboutSlides: () => setAbout('slide'),
  }
}

/** The form is drawn in this frame or the next. */
function focusFields(form: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>(`${form} :is(input, select)`)?.focus()
    }),
  )
}
