import { type RefObject, useRef } from 'react'

/**
 * For a form that takes the place of the button that opened it: once the form is gone, the focus goes to that button
 * again. Gives the element around both, in which the button says `data-opens={what}`, and what to call.
 */
export function useFocusBack<E extends HTMLElement>(what: string): [RefObject<E | null>, () => void] {
  const around = useRef<E>(null)
  const back = (): void => {
    requestAnimationFrame(() => around.current?.querySelector<HTMLElement>(`[data-opens="${what}"]`)?.focus())
  }
  return [around, back]
}
