import { useState } from 'react'

import { t } from '../../i18n'
import style from './Help.module.css'

interface Props {
  /** What it is about. */
  title: string
  text: string
}

/** A question mark in a panel that wraps; pressed, it says below the panel's head what the panel is for. */
export function Help({ title, text }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className={style.mark}
        aria-label={open ? t('help.close') : t('help.open', { title })}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !open) return
          event.stopPropagation()
          setOpen(false)
        }}
      >
        <span>?</span>
      </button>
      <p role="status" className={style.text} hidden={!open}>
        {open && text}
      </p>
    </>
  )
}
