/** What all pictures of the page share: decoded tiles, workers and connections, each with one limit. */
import { onSignedOut } from '../api/client'
import { Connections } from './connections'
import { Decoder } from './decoder'
import { TileCache } from './tileCache'

export interface Pool {
  readonly cache: TileCache
  readonly decoder: Decoder
  readonly connections: Connections
}

let made: Pool | null = null

/** The pool of this page, made when the first slide opens. */
export function sharedPool(): Pool {
  if (made === null) {
    const pool = { cache: new TileCache(), decoder: new Decoder(), connections: new Connections() }
    // Whoever signs in next must not find the pixels of the one before.
    onSignedOut(() => pool.cache.clear())
    made = pool
  }
  return made
}
