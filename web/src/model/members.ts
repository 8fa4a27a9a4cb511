import { DEFAULT_RIGHTS, type EntryRole, RIGHTS, type Right } from '../api/members'

/** The rights that a role brings at first, as far as one may hand them out. */
export function rightsOf(role: EntryRole, mayGive: readonly Right[]): readonly Right[] {
  return DEFAULT_RIGHTS[role].filter((right) => mayGive.includes(right))
}

/** Tick or untick a right. An original carries its label: whoever may download it may see identity. */
export function withRight(rights: readonly Right[], right: Right, on: boolean): readonly Right[] {
  const next = new Set(rights)
  if (on) next.add(right)
  else next.delete(right)
  if (on && right === 'download') next.add('identity')
  if (!on && right === 'identity') next.delete('download')
  return RIGHTS.filter((one) => next.has(one))
}

/** Rights that hold are kept; others only when they are one's own to give. */
export function mayTick(right: Right, held: readonly Right[], mayGive: readonly Right[]): boolean {
  return held.includes(right) || mayGive.includes(right)
}
