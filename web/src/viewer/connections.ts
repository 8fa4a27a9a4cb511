/**
 * How many tiles may be on their way at once, all pictures together: a browser keeps six connections to a
 * host, and of these some stay free of tiles fetched in advance.
 */
const CONNECTIONS = 6
const AHEAD = 3

export class Connections {
  private taken = 0
  private ahead = 0
  private readonly waiting: (() => void)[] = []

  /** Be told whenever a connection is free again; the returned function ends it. */
  join(start: () => void): () => void {
    this.waiting.push(start)
    return () => {
      const at = this.waiting.indexOf(start)
      if (at >= 0) this.waiting.splice(at, 1)
    }
  }

  /** Take a connection; false when there is none for a tile of this urgency. */
  take(visible: boolean): boolean {
    if (this.taken >= CONNECTIONS || (!visible && this.ahead >= AHEAD)) return false
    this.taken++
    if (!visible) this.ahead++
    return true
  }

  /** Give a connection back. Whoever was served last asks last, so that no picture starves another. */
  give(visible: boolean): void {
    this.taken--
    if (!visible) this.ahead--
    const first = this.waiting.shift()
    if (first !== undefined) this.waiting.push(first)
    for (const start of [...this.waiting]) start()
  }
}
