import { type RefObject, useLayoutEffect, useState } from 'react'

/** How many children of a line that wraps stand in its first row; the line is as high as that row. */
export function useFitting(line: RefObject<HTMLElement | null>): number {
  const [count, setCount] = useState(Infinity)
  useLayoutEffect(() => {
    const box = line.current
    if (box === null) return undefined
    const look = (): void => {
      const { bottom } = box.getBoundingClientRect()
      const wrapped = [...box.children].findIndex((child) => child.getBoundingClientRect().top >= bottom - 1)
      setCount(wrapped < 0 ? Infinity : wrapped)
    }
    const observer = new ResizeObserver(look)
    observer.observe(box)
    look()
    return () => observer.disconnect()
  }, [line])
  return count
}
