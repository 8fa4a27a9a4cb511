import { ActionIcon } from '@mantine/core'
import { type ReactNode, useEffect, useId, useRef } from 'react'

import { t } from '../../i18n'
import style from './Dialog.module.css'
import { Icon } from './icons'

interface Props {
  title: string
  onClose: () => void
  /** In the middle, or as a drawer on one side. */
  side?: 'middle' | 'left' | 'right'
  /** For what needs the width of a table. */
  wide?: boolean
  closeLabel?: string
  children: ReactNode
}

/** A modal box. The browser's own dialog keeps the focus inside, closes on Escape and gives the focus back. */
export function Dialog({ title, onClose, side = 'middle', wide = false, closeLabel = t('keys.close'), children }: Props) {
  const box = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = box.current
    dialog?.showModal()
    // The browser takes the first control, which is the one that closes.
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={box}
      className={style[side]}
      data-wide={wide}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose()
      }}
    >
      <div className={style.body}>
        <header className={style.head}>
          <h2 id={titleId} className={style.title}>
            {title}
          </h2>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={closeLabel} onClick={onClose}>
            <Icon name="close" />
          </ActionIcon>
        </header>
        {children}
      </div>
    </dialog>
  )
}
