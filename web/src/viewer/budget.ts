/** How many decoded pixels this device has room for, all open slides together. */
const MIB = 1024 * 1024
/** The most that any device keeps. */
export const MOST_BYTES = 256 * MIB

/**
 * `memory` is what the browser says of the machine in GiB, rounded down, if it says anything; a device for fingers
 * that does not is taken for a tablet of 4 GiB.
 */
export function cacheBytes(memory: number | undefined, coarse: boolean): number {
  const size = memory ?? (coarse ? 4 : 8)
  if (size <= 1) return MOST_BYTES / 8
  if (size <= 2) return MOST_BYTES / 4
  return size <= 4 ? MOST_BYTES / 2 : MOST_BYTES
}

export function cacheBytesHere(): number {
  if (typeof window === 'undefined') return MOST_BYTES
  const { deviceMemory } = navigator as { deviceMemory?: number }
  return cacheBytes(deviceMemory, window.matchMedia('(pointer: coarse)').matches)
}
