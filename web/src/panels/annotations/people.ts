import type { Peer } from '../../live/presence'

export type Present = Pick<Peer, 'client_id' | 'person' | 'viewport'>

/** Everybody else, by name; who has several windows open stands once, with the one that says where they look. */
export function presentPeople(peers: Iterable<Present>, myId: string | null): readonly Present[] {
  const found = new Map<string, Present>()
  for (const peer of peers) {
    if (peer.person.id === myId && !peer.person.guest) continue
    // Guests of one link are one to the server and several at their tables.
    const key = peer.person.guest ? peer.client_id : peer.person.id
    const known = found.get(key)
    if (known === undefined || (known.viewport === null && peer.viewport !== null)) found.set(key, peer)
  }
  return [...found.values()].sort((a, b) => a.person.name.localeCompare(b.person.name))
}

/** First letters of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.replace(/\(.*\)/u, '').trim().split(/\s+/u).filter((word) => word !== '')
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined].map((word) => Array.from(word ?? '')[0] ?? '')
  return letters.join('').toUpperCase() || '?'
}
