/** What of a person's changes the server does not have yet, and how that is going. */
import type { Job, SaveState } from '../model/annotations/types'
import { idOf, type Trouble } from './tabs'

export class Saving {
  private readonly waiting = new Map<string, number>()
  private readonly refused = new Map<string, number>()
  private trouble: Trouble = null

  constructor(private readonly show: (state: SaveState) => void) {}

  /** How many changes are in danger when the page goes. */
  get unsent(): number {
    return this.waiting.size
  }

  add(jobs: readonly Job[]): void {
    for (const job of jobs) if (!this.refused.has(idOf(job))) this.waiting.set(idOf(job), Date.parse(job.at))
    this.tell()
  }

  done(ids: Iterable<string>): void {
    for (const id of ids) {
      this.waiting.delete(id)
      this.refused.delete(id)
    }
    this.tell()
  }

  refuse(ids: Iterable<string>, at: number): void {
    for (const id of ids) {
      this.waiting.delete(id)
      this.refused.set(id, at)
    }
    this.tell()
  }

  inTrouble(trouble: Trouble): void {
    this.trouble = trouble
    this.tell()
  }

  get state(): SaveState {
    if (this.waiting.size > 0) {
      if (this.trouble !== null) return { kind: 'unsaved', count: this.waiting.size + this.refused.size, ...this.trouble }
      return { kind: 'saving', count: this.waiting.size }
    }
    if (this.refused.size === 0) return { kind: 'saved' }
    return { kind: 'unsaved', count: this.refused.size, since: Math.min(...this.refused.values()), reason: 'refused' }
  }

  private tell(): void {
    this.show(this.state)
  }
}
