/**
 * Decoded tiles of all open slides, least recently used out. What any picture on the screen is made of is
 * never thrown away, and what a slide leaves behind stays for as long as there is room: going back is instant.
 */

import { cacheBytesHere } from './budget'

interface Entry {
  image: ImageBitmap
  bytes: number
}

/** The tiles of one slide in the cache that all slides share. */
export interface TileShelf {
  has(key: string): boolean
  get(key: string): ImageBitmap | undefined
  put(key: string, image: ImageBitmap): void
  /** Start a frame: tiles touched from here on stay until the next one. */
  nextFrame(): void
  /** Let go of what the last frame touched. */
  close(): void
}

export class TileCache {
  private readonly entries = new Map<string, Entry>()
  private readonly frames = new Set<Set<string>>()
  private held = 0

  constructor(private readonly limit = cacheBytesHere()) {}

  get bytes(): number {
    return this.held
  }

  /** A part of the cache for one picture; parts of equal name share their tiles. */
  shelf(name: string): TileShelf {
    const frame = new Set<string>()
    this.frames.add(frame)
    const full = (key: string) => `${name}/${key}`
    return {
      has: (key) => this.entries.has(full(key)),
      get: (key) => this.get(full(key), frame),
      put: (key, image) => {
        this.put(full(key), image)
      },
      nextFrame: () => {
        frame.clear()
      },
      close: () => {
        this.frames.delete(frame)
      },
    }
  }

  /** Forget every tile, or those of one shelf. */
  clear(name?: string): void {
    for (const key of [...this.entries.keys()]) if (name === undefined || key.startsWith(`${name}/`)) this.drop(key)
  }

  private get(key: string, frame: Set<string>): ImageBitmap | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    frame.add(key)
    this.entries.delete(key)
    this.entries.set(key, entry)
    return entry.image
  }

  private put(key: string, image: ImageBitmap): void {
    this.drop(key)
    const bytes = image.width * image.height * 4
    this.entries.set(key, { image, bytes })
    this.held += bytes
    for (const other of [...this.entries.keys()]) {
      if (this.held <= this.limit) break
      if (other !== key && !this.isShown(other)) this.drop(other)
    }
  }

  private isShown(key: string): boolean {
    for (const frame of this.frames) if (frame.has(key)) return true
    return false
  }

  private drop(key: string): void {
    const entry = this.entries.get(key)
    if (entry === undefined) return
    this.entries.delete(key)
    this.held -= entry.bytes
    entry.image.close()
  }
}
