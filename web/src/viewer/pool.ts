/** What all pictures of the page share: decoded tiles, workers and connections, each with one limit. */
import { Connections } from './connections'
import { Decoder } from './decoder'
import { TileCache } from './tileCache'

export interface Pool {
  readonly cache: TileCache
  readonly decoder: Decoder
  readonly connections: Connections
}

let made: Pool | null = null

/** The pool of this page, made when the first slide opens. Whoever signs in next loads the page anew. */
export function sharedPool(): Pool {
  made ??= { cache: new TileCache(), decoder: new Decoder(), connections: new Connections() }
  return made
}
