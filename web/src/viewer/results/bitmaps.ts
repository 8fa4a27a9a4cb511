/** The bitmaps of one layer: what is shown of them, which must be painted anew, a few at a time, nearest first. */
import type { TileAddress } from '../../model/pyramid'
import type { TileShelf } from '../tileCache'
import { keyOf } from './grid'

/** Two: one is painted while the next already waits, and nothing outdated stands in line. */
const AT_ONCE = 2

export interface BitmapsOptions {
  shelf: TileShelf
  /** Null: what it is painted from is not there yet. */
  paint: (address: TileAddress) => Promise<ImageBitmap> | null
  changed: () => void
}

export class Bitmaps {
  /** What each bitmap was painted with. */
  private readonly revs = new Map<string, number>()
  private readonly running = new Set<string>()
  private wanted: readonly TileAddress[] = []
  private rev = 0
  private closed = false

  constructor(private readonly options: BitmapsOptions) {}

  /** Everything looks different from now on: the old pictures stay until the new ones are there. */
  outdate(): void {
    this.rev++
    this.options.changed()
  }

  /** The bitmap of a tile, old or new. */
  readonly imageOf = (key: string): ImageBitmap | undefined => this.options.shelf.get(key)

  isCurrent(address: TileAddress): boolean {
    const key = keyOf(address)
    return this.revs.get(key) === this.rev && this.options.shelf.has(key)
  }

  /** Paint these, most urgent first; what was asked for before and is not among them is dropped. */
  want(addresses: readonly TileAddress[]): void {
    this.wanted = addresses
    this.next()
  }

  close(): void {
    this.closed = true
    this.wanted = []
    this.options.shelf.close()
  }

  private next(): void {
    for (const address of this.wanted) {
      if (this.running.size >= AT_ONCE) return
      const key = keyOf(address)
      if (this.running.has(key) || this.isCurrent(address)) continue
      const painting = this.options.paint(address)
      if (painting === null) continue
      this.running.add(key)
      void this.finish(key, this.rev, painting)
    }
  }

  private async finish(key: string, rev: number, painting: Promise<ImageBitmap>): Promise<void> {
    const image = await painting.catch(() => null)
    this.running.delete(key)
    if (this.closed) image?.close()
    // It is tried again when the view next asks for it.
    else if (image === null) this.wanted = this.wanted.filter((address) => keyOf(address) !== key)
    else {
      this.options.shelf.put(key, image)
      this.revs.set(key, rev)
      this.options.changed()
    }
    if (!this.closed) this.next()
  }
}
