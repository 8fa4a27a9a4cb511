/**
 * How the slides of several panes lie on each other. Every pane has a way into one common frame; the way from
 * a pane to another goes through it, so that three slides can never contradict each other.
 */
import { alignmentByCentre, alignmentBySight, compose, IDENTITY, inverse, type Matrix, type Placed } from './alignment'
import type { Camera } from './frame'

interface Entry {
  slideId: string
  placed: Placed
  /** Level-0 pixels to the common frame. */
  frame: Matrix
  /** Panes of one group are aligned by points, or show the same slide. */
  group: number
}

export class Registration {
  private readonly entries = new Map<number, Entry>()
  private readonly known = new Map<string, Matrix>()

  get panes(): number[] {
    return [...this.entries.keys()]
  }

  /** Level-0 pixels of one pane to those of another. */
  between(from: number, to: number): Matrix {
    const one = this.entries.get(from)
    const other = this.entries.get(to)
    if (one === undefined || other === undefined) return IDENTITY
    return compose(inverse(other.frame), one.frame)
  }

  /** Whether two panes are aligned by points, at once or through others. */
  tied(one: number, other: number): boolean {
    const group = this.entries.get(one)?.group
    return group !== undefined && group === this.entries.get(other)?.group
  }

  /** Add a pane. Without known points it lies middle on middle with `beside`. */
  add(id: number, slideId: string, placed: Placed, beside: number | null): void {
    this.entries.delete(id)
    const anchor = beside === null ? undefined : this.entries.get(beside)
    const frame = anchor === undefined ? IDENTITY : compose(anchor.frame, alignmentByCentre(placed, anchor.placed))
    this.entries.set(id, { slideId, placed, frame, group: id })
    for (const other of this.entries.keys()) this.tie(other, id)
  }

  remove(id: number): void {
    const gone = this.entries.get(id)
    this.entries.delete(id)
    if (gone === undefined) return
    // A group is named after one of its panes; that name must not outlive it, ids may come again.
    const rest = [...this.entries].filter(([, entry]) => entry.group === id)
    for (const [, entry] of rest) entry.group = rest[0]?.[0] ?? entry.group
  }

  /** Points were clicked or loaded: `matrix` takes pixels of one slide to those of another. */
  learn(slideId: string, otherId: string, matrix: Matrix): void {
    this.known.set(pair(slideId, otherId), matrix)
    this.known.set(pair(otherId, slideId), inverse(matrix))
    this.regroup([slideId, otherId])
  }

  /** The points of a pair of slides are gone; the slides stay as they lie. */
  forget(slideId: string, otherId: string): void {
    this.known.delete(pair(slideId, otherId))
    this.known.delete(pair(otherId, slideId))
    this.regroup([])
  }

  knows(slideId: string, otherId: string): boolean {
    return slideId === otherId || this.known.has(pair(slideId, otherId))
  }

  /** Two panes show the same tissue at the same place: take that for their alignment, unless points know better. */
  trustSight(moved: number, view: Camera, beside: number, seen: Camera): void {
    const one = this.entries.get(moved)
    const other = this.entries.get(beside)
    if (one === undefined || other === undefined || one.group === other.group) return
    this.shift(one.group, compose(compose(other.frame, alignmentBySight(view, seen)), inverse(one.frame)))
  }

  /** Groups anew from what is known; where they do not change, everything stays as it lies. */
  private regroup(changed: readonly string[]): void {
    for (const [id, entry] of this.entries) entry.group = id
    // A pair that was learnt just now comes first: it must not be outvoted by older ones.
    const isNew = (entry: Entry) => changed.includes(entry.slideId)
    const ids = [...this.entries].sort(([, a], [, b]) => Number(isNew(b)) - Number(isNew(a))).map(([id]) => id)
    for (const id of ids) for (const other of ids) this.tie(id, other)
  }

  /** If two panes' slides are known to each other, bring the second's group to the first's. */
  private tie(firstId: number, secondId: number): void {
    const first = this.entries.get(firstId)
    const second = this.entries.get(secondId)
    if (first === undefined || second === undefined || first.group === second.group) return
    const matrix = first.slideId === second.slideId ? IDENTITY : this.known.get(pair(second.slideId, first.slideId))
    if (matrix === undefined) return
    this.shift(second.group, compose(compose(first.frame, matrix), inverse(second.frame)))
    const { group } = second
    for (const entry of this.entries.values()) if (entry.group === group) entry.group = first.group
  }

  private shift(group: number, by: Matrix): void {
    for (const entry of this.entries.values()) if (entry.group === group) entry.frame = compose(by, entry.frame)
  }
}

function pair(slideId: string, otherId: string): string {
  return `${slideId} ${otherId}`
}
