import type { AnchorHTMLAttributes, MouseEvent, Ref } from 'react'

import { go } from '../../shell/navigation'

interface Props extends AnchorHTMLAttributes<HTMLAnchorElement> {
  href: string
  ref?: Ref<HTMLAnchorElement>
}

/** A link inside the app: a plain click moves without loading a page, any other click is the browser's. */
export function Link({ href, onClick, ...rest }: Props) {
  const clicked = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event)
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (event.defaultPrevented || !plain) return
    event.preventDefault()
    go(href)
  }
  return <a href={href} onClick={clicked} {...rest} />
}
