/** A value that can be watched. Panels subscribe to it; the viewer core writes it. */
export interface Readable<T> {
  get: () => T
  subscribe: (listener: () => void) => () => void
}

/** A small observable record: `set` merges a patch and tells listeners when something really changed. */
export class Store<T extends object> implements Readable<T> {
  private value: T
  private readonly listeners = new Set<() => void>()

  constructor(initial: T) {
    this.value = initial
  }

  get = (): T => this.value

  set(patch: Partial<T>): void {
    const keys = Object.keys(patch) as (keyof T)[]
    if (keys.every((key) => Object.is(this.value[key], patch[key]))) return
    this.value = { ...this.value, ...patch }
    for (const listener of [...this.listeners]) listener()
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }
}
