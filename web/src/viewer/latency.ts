/** How long tiles take to begin to arrive, to say so when storage is slow. */

const KEPT = 9
const NEEDED = 3

/** From this many seconds a tile on, people should be told that it is the storage they wait for. */
export const SLOW_SECONDS = 1.5

export class Latency {
  private readonly recent: number[] = []
  private readonly running = new Map<string, number>()

  started(key: string, now: number): void {
    this.running.set(key, now)
  }

  /** The server began to answer. */
  answered(key: string, now: number): void {
    const since = this.running.get(key)
    this.running.delete(key)
    if (since === undefined) return
    this.recent.push((now - since) / 1000)
    if (this.recent.length > KEPT) this.recent.shift()
  }

  dropped(key: string): void {
    this.running.delete(key)
  }

  /** Seconds a tile when storage is slow, else null. Tiles still on their way count with their age. */
  slowSeconds(now: number): number | null {
    const ages = [...this.running.values()].map((since) => (now - since) / 1000)
    const late = ages.filter((age) => age > SLOW_SECONDS)
    const seen = [...this.recent.slice(-(KEPT - late.length)), ...late].sort((a, b) => a - b)
    if (seen.length < NEEDED) return null
    const median = seen[Math.floor(seen.length / 2)] as number
    return median >= SLOW_SECONDS ? median : null
  }
}
