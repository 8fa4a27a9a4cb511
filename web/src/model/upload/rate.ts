const WINDOW_MS = 10_000

/** How fast something goes, over the last ten seconds. */
export class Rate {
  private readonly points: { at: number; bytes: number }[] = []

  constructor(private readonly now: () => number = Date.now) {}

  /** Note how many bytes are through and return bytes per second, null before that can be said. */
  at(bytes: number): number | null {
    const at = this.now()
    this.points.push({ at, bytes })
    while ((this.points[0]?.at ?? at) < at - WINDOW_MS && this.points.length > 2) this.points.shift()
    const first = this.points[0]
    if (first === undefined || at - first.at < 200) return null
    return ((bytes - first.bytes) * 1000) / (at - first.at)
  }
}
