import { ActionIcon } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  label: string
  /** Shown beside the label when the pointer rests on the button. */
  keyName?: string | undefined
  /** For buttons that stay pressed. */
  pressed?: boolean
  disabled?: boolean
  /** For a button that opens a menu: whether it is open. */
  expanded?: boolean
  onClick: () => void
  children: ReactNode
}

/** A labelled icon button of the viewer. */
export function ToolButton({ label, keyName, pressed, disabled = false, expanded, onClick, children }: Props) {
  return (
    <ActionIcon
      aria-label={label}
      title={keyName === undefined ? label : `${label} (${keyName})`}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...(expanded === undefined ? {} : { 'aria-haspopup': 'menu', 'aria-expanded': expanded })}
      variant={pressed === true ? 'light' : 'subtle'}
      color={pressed === true ? 'teal' : 'gray'}
      size={36}
      aria-disabled={disabled || undefined}
      onClick={disabled ? undefined : onClick}
    >
      {children}
    </ActionIcon>
  )
}
