import { useState } from 'react'

/** A choice that this browser remembers; the first value is the default. */
export function useRemembered<T extends string>(key: string, values: readonly [T, ...T[]]): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => {
    const said = read(key)
    return values.find((known) => known === said) ?? values[0]
  })
  const remember = (next: T): void => {
    setValue(next)
    write(key, next)
  }
  return [value, remember]
}

// A browser may refuse storage altogether; then the choice lasts as long as the page.
function read(key: string): string | null {
  try {
    return window.localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value)
  } catch {
    /* see above */
  }
}
