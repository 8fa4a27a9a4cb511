/**
 * Changes that the server does not have yet, in IndexedDB: they outlive reloads, crashes and a day without a network.
 * Keyed by server, person and slide; nobody else's are ever read.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

import type { Job } from '../model/annotations/types'

export interface Kept {
  readonly n: number
  readonly scope: string
  readonly job: Job
  /** The server would not have it: why. It stays until the person gives it up. */
  readonly refused: { readonly code: string; readonly detail: string } | null
}

interface Schema extends DBSchema {
  jobs: { key: number; value: Kept; indexes: { scope: string } }
}

const NAME = 'coverslip.outbox'
const VERSION = 1

/** Where changes wait; `n` is the order in which they were made, over all tabs. */
export interface Outbox {
  add: (jobs: readonly Job[]) => Promise<void>
  list: () => Promise<Kept[]>
  remove: (ns: readonly number[]) => Promise<void>
  refuse: (refusals: ReadonlyMap<number, { code: string; detail: string }>) => Promise<void>
  close: () => void
}

export function scopeOf(server: string, viewerKey: string, slideId: string): string {
  return JSON.stringify([server, viewerKey, slideId])
}

/** Open the outbox of a scope. A browser that keeps nothing (some private windows) gets one for as long as the page. */
export async function openOutbox(scope: string, name: string = NAME): Promise<Outbox> {
  try {
    const database = await openDB<Schema>(name, VERSION, {
      upgrade(fresh) {
        fresh.createObjectStore('jobs', { keyPath: 'n', autoIncrement: true }).createIndex('scope', 'scope')
      },
    })
    return new KeptOutbox(database, scope)
  } catch {
    return new PageOutbox(scope)
  }
}

class KeptOutbox implements Outbox {
  constructor(
    private readonly database: IDBPDatabase<Schema>,
    private readonly scope: string,
  ) {}

  async add(jobs: readonly Job[]): Promise<void> {
    // Strict: the browser says "done" only when it is on the disk.
    const work = this.database.transaction('jobs', 'readwrite', { durability: 'strict' })
    for (const job of jobs) void work.store.add({ scope: this.scope, job, refused: null } as Kept)
    await work.done
  }

  list(): Promise<Kept[]> {
    return this.database.getAllFromIndex('jobs', 'scope', this.scope)
  }

  async remove(ns: readonly number[]): Promise<void> {
    const work = this.database.transaction('jobs', 'readwrite')
    for (const n of ns) void work.store.delete(n)
    await work.done
  }

  async refuse(refusals: ReadonlyMap<number, { code: string; detail: string }>): Promise<void> {
    const work = this.database.transaction('jobs', 'readwrite', { durability: 'strict' })
    for (const [n, refused] of refusals) {
      const kept = await work.store.get(n)
      if (kept !== undefined) void work.store.put({ ...kept, refused })
    }
    await work.done
  }

  close(): void {
    this.database.close()
  }
}

class PageOutbox implements Outbox {
  private jobs: Kept[] = []
  private last = 0

  constructor(private readonly scope: string) {}

  add(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) this.jobs.push({ n: ++this.last, scope: this.scope, job, refused: null })
    return Promise.resolve()
  }

  list(): Promise<Kept[]> {
    return Promise.resolve([...this.jobs])
  }

  remove(ns: readonly number[]): Promise<void> {
    this.jobs = this.jobs.filter(({ n }) => !ns.includes(n))
    return Promise.resolve()
  }

  refuse(refusals: ReadonlyMap<number, { code: string; detail: string }>): Promise<void> {
    this.jobs = this.jobs.map((kept) => ({ ...kept, refused: refusals.get(kept.n) ?? kept.refused }))
    return Promise.resolve()
  }

  close(): void {
    // Nothing is open.
  }
}

/** Scopes of a person on this server in which something waits; `slideId` of each. */
export async function waitingSlides(server: string, viewerKey: string, name: string = NAME): Promise<ReadonlyMap<string, number>> {
  const slides = new Map<string, number>()
  const known = typeof indexedDB !== 'undefined' && (await indexedDB.databases()).some((one) => one.name === name)
  if (!known) return slides
  const database = await openDB<Schema>(name, VERSION)
  try {
    for (const { scope } of await database.getAll('jobs')) {
      const [host, key, slideId] = JSON.parse(scope) as [string, string, string]
      if (host === server && key === viewerKey) slides.set(slideId, (slides.get(slideId) ?? 0) + 1)
    }
  } finally {
    database.close()
  }
  return slides
}
